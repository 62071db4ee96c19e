namespace Cqrs.Api.Configuration;

/// <summary>Where settings come from, the later over the earlier; the same for the server and the command line.</summary>
public static class SettingsSources
{
    /// <param name="builder">Gets the files beside the program, variables that begin with <c>CQRS_</c>, then options.</param>
    /// <param name="environment">Such as <c>Development</c>: whose file is read, too.</param>
    /// <param name="args">Options: <c>--Name value</c>.</param>
    public static IConfigurationBuilder AddSettings(this IConfigurationBuilder builder, string environment, string[] args) => builder
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json"), optional: true)
        .AddEnvironmentVariables("CQRS_")
        .AddCommandLine(args);
}
