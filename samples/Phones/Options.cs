namespace Cqrs.Phones;

/// <summary>What the program was asked to do.</summary>
internal sealed record Options(Uri Url, bool Help)
{
    public const string Usage = """
        Two phones live through the whole story, against a server that runs.

          dotnet run --project src/Api          in one terminal
          dotnet run --project samples/Phones   in another

        --url <address>   where the server is; http://127.0.0.1:5080 if not said
        --help            this text

        Exit codes: 0 everything was as told, 1 the server refused or was not there,
        2 an option is wrong, 3 something was not as told.
        """;

    private static readonly Uri Default = new("http://127.0.0.1:5080");

    /// <param name="fault">What is wrong, when null is returned.</param>
    public static Options? Parse(string[] args, out string fault)
    {
        var options = new Options(Default, Help: false);
        for (var at = 0; at < args.Length; at++)
        {
            switch (args[at])
            {
                case "--help" or "-h":
                    options = options with { Help = true };
                    break;
                case "--url" when at + 1 < args.Length && Uri.TryCreate(args[at + 1], UriKind.Absolute, out var url) && url.Scheme is "http" or "https":
                    options = options with { Url = url };
                    at++;
                    break;
                case "--url":
                    fault = "--url takes the server's address, for example http://127.0.0.1:5080.";
                    return null;
                default:
                    fault = $"There is no option '{args[at]}'.";
                    return null;
            }
        }

        fault = "";
        return options;
    }
}
