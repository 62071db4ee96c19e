using Cqrs.Api;
using Cqrs.Api.Composition;
using Cqrs.Api.Configuration;

try
{
    await using var app = Server.Build(args);
    DataFolder.Open(app.Services);
    await app.RunAsync();
    return 0;
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine("cqrs cannot start as it is configured:");
    foreach (var fault in e.Faults) Console.Error.WriteLine("  " + fault);
    return 78; // EX_CONFIG of sysexits.h
}
catch (DataFolderException e)
{
    Console.Error.WriteLine(e.Message);
    return 74; // EX_IOERR of sysexits.h
}
