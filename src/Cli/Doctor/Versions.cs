using System.Reflection;
using System.Runtime.InteropServices;

namespace Cqrs.Cli.Doctor;

internal static class Versions
{
    public static string OfProgram { get; } =
        typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Finding Examine()
    {
        SQLitePCL.Batteries_V2.Init();
        return Finding.Ok(
            "versions",
            $"cqrs {OfProgram}, .NET {Environment.Version}, SQLite {SQLitePCL.raw.sqlite3_libversion().utf8_to_string()}, {RuntimeInformation.OSDescription.Trim()}");
    }
}
