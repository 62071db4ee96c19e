using System.CommandLine.Parsing;
using Cqrs.Cli.Events;

namespace Cqrs.Cli.Export;

/// <summary>
/// What <c>--to</c> of <c>events export</c> says: the file, and, given a second time, the end of the range, which
/// <c>events replay</c> calls <c>--to</c>.
/// </summary>
/// <param name="File">As it was given.</param>
/// <param name="Until">Null where <c>--to</c> names only the file.</param>
internal sealed record ExportTarget(string File, Bound? Until)
{
    public static ExportTarget? Parse(ArgumentResult result)
    {
        var values = result.Tokens.Select(token => token.Value.Trim()).ToList();
        var files = values.Where(value => ExportFiles.Extensions.Any(extension => value.EndsWith(extension, StringComparison.OrdinalIgnoreCase))).ToList();
        var others = values.Except(files).ToList();
        if (files.Count == 0)
        {
            result.AddError($"'{string.Join(' ', values)}' does not say what it shall be. Name a file that ends in {string.Join(", ", ExportFiles.Extensions)}.");
            return null;
        }

        if (files.Count > 1 || others.Count > 1)
        {
            result.AddError("--to names one file, and at most one end of the range.");
            return null;
        }

        if (others.Count == 0) return new(files[0], Until: null);
        if (EventQueryOptions.TryParseEnd(others[0], out var until)) return new(files[0], until);
        result.AddError($"'{others[0]}' is neither a file that ends in {string.Join(", ", ExportFiles.Extensions)} nor the end of a range, such as {EventQueryOptions.Example}.");
        return null;
    }
}
