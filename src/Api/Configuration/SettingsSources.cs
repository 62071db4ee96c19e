using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;

namespace Cqrs.Api.Configuration;

/// <summary>The sources of settings, the later over the earlier; the same for the server and the command line.</summary>
public static class SettingsSources
{
    /// <param name="builder">Gets the files beside the program, variables that begin with <c>CQRS_</c>, then options.</param>
    /// <param name="environment">For example <c>Development</c>: its file is read, too.</param>
    /// <param name="args">Options: <c>--Name value</c>.</param>
    public static IConfigurationBuilder AddSettings(this IConfigurationBuilder builder, string environment, string[] args) => builder
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json"), optional: true)
        .AddEnvironmentVariables("CQRS_")
        .AddCommandLine(args);

    /// <summary>Reads the sources; a file that cannot be read is one line, as other wrong settings are.</summary>
    /// <exception cref="ConfigurationException">A settings file cannot be read, or is no JSON.</exception>
    public static T Read<T>(Func<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationException([FaultOf(e)]);
        }
    }

    /// <summary>Returns the source that a setting's value comes from, as the operator knows it: a file, a variable, an option.</summary>
    public static string Of(IConfiguration configuration, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return (configuration as IConfigurationRoot)?.Providers.LastOrDefault(source => source.TryGet(name, out _)) switch
        {
            JsonConfigurationProvider file => Path.GetFileName(file.Source.Path!),
            EnvironmentVariablesConfigurationProvider => $"CQRS_{name.Replace(":", "__", StringComparison.Ordinal)}",
            CommandLineConfigurationProvider => $"--{name}",
            _ => "--data",
        };
    }

    // The parser's own text repeats what stands in the file, which may be a secret; lines and columns count from 1.
    private static string FaultOf(InvalidDataException e)
    {
        var file = e.Message.Split('\'') is [_, var path, ..] ? path : "a settings file";
        var inner = e.InnerException;
        var what = inner switch
        {
            { InnerException: JsonException json } => string.Create(
                CultureInfo.InvariantCulture, $"is no JSON: the fault is in line {json.LineNumber + 1}, column {json.BytePositionInLine + 1}"),
            FormatException => $"cannot be used: {inner.Message.TrimEnd('.')}",
            _ => $"cannot be read ({(inner ?? e).GetType().Name})",
        };
        return $"{file} {what}. Correct it, for example {{ \"Grid\": {{ \"Squares\": 8 }} }}.";
    }
}
