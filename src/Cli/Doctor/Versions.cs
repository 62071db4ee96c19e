using System.Reflection;
using System.Runtime.InteropServices;
using Cqrs.EventStore.Sqlite;

namespace Cqrs.Cli.Doctor;

internal static class Versions
{
    public static string OfProgram { get; } =
        typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Finding Examine() => Examine(SqliteVersion.Text, SqliteVersion.Fault);

    internal static Finding Examine(string sqlite, string? fault)
    {
        var versions = $"cqrs {OfProgram}, .NET {Environment.Version}, SQLite {sqlite}, {RuntimeInformation.OSDescription.Trim()}";
        return fault is null
            ? Finding.Ok("versions", versions)
            : Finding.Fault("versions", versions, fault);
    }
}
