using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cqrs.Gateway.Calls;

/// <summary>
/// Passes on all logs but those of the gRPC library. It logs each broken frame of a client as an error, which would let
/// any client fill the log; <see cref="CallInterceptor"/> logs the failures of the server.
/// </summary>
internal sealed class LibraryLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        categoryName.StartsWith("Grpc.", StringComparison.Ordinal) ? NullLogger.Instance : loggers.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>Leaves the inner factory to its owner.</summary>
    public void Dispose()
    {
    }
}
