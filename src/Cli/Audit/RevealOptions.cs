using System.CommandLine;

namespace Cqrs.Cli.Audit;

/// <summary>Asks for personal data in clear; the same for every verb that can show them.</summary>
internal sealed class RevealOptions
{
    private readonly Option<bool> _reveal = new("--reveal") { Description = "Personal data in clear; that you asked for them is recorded first (category audit)" };
    private readonly Option<string?> _reason = new("--reason") { Description = "What --reveal is for; recorded with it, sealed", HelpName = "text" };

    public void AddTo(Command command)
    {
        command.Options.Add(_reveal);
        command.Options.Add(_reason);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_reason) is not null && !result.GetValue(_reveal))
                result.AddError("--reason says what --reveal is for; add --reveal, or leave it out.");
        });
    }

    /// <returns>Null where everything stays masked.</returns>
    public Reveal? Read(ParseResult parsed) => parsed.GetValue(_reveal) ? new(parsed.GetValue(_reason)) : null;
}

/// <summary>Somebody wants to see personal data.</summary>
internal sealed record Reveal(string? Reason);
