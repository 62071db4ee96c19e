namespace Cqrs.Tour;

/// <summary>What the program was asked to do.</summary>
/// <param name="Url">Address of the server.</param>
/// <param name="Data">Data folder of the server, whose log is shown.</param>
/// <param name="EventsOnly">Shows the newest events and does nothing else.</param>
/// <param name="Last">How many events <paramref name="EventsOnly"/> shows.</param>
internal sealed record Options(Uri Url, string Data, bool EventsOnly, int Last, bool Help)
{
    public const string Usage = """
        Two people meet: the story of the README, told by a program that plays both phones.

          dotnet run --project src/Api                    in one terminal
          dotnet run --project samples/Tour               in another: the whole story
          dotnet run --project samples/Tour -- events     only the newest events of the log

        --url <address>   address of the server; http://127.0.0.1:5080 if left out
        --data <folder>   data folder of the server; data beside the solution if left out
        --last <number>   events: how many; 20 if left out
        --help            this text

        Exit codes: 0 done, 1 the server refused or did not answer, 2 an option is wrong.
        """;

    /// <param name="fault">What is wrong, when null is returned.</param>
    public static Options? Parse(string[] args, out string fault)
    {
        var options = new Options(new("http://127.0.0.1:5080"), DataBesideTheSolution(), EventsOnly: false, Last: 20, Help: false);
        for (var at = 0; at < args.Length; at++)
        {
            var value = at + 1 < args.Length ? args[at + 1] : null;
            switch (args[at])
            {
                case "--help" or "-h" or "-?":
                    options = options with { Help = true };
                    continue;
                case "events" when at == 0:
                    options = options with { EventsOnly = true };
                    continue;
                case "--url" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https":
                    options = options with { Url = url };
                    break;
                case "--url":
                    return Fault("--url takes the server's address, for example http://127.0.0.1:5080.", out fault);
                case "--data" when value is { Length: > 0 }:
                    options = options with { Data = value };
                    break;
                case "--data":
                    return Fault("--data takes the server's data folder, for example --data data.", out fault);
                case "--last" when int.TryParse(value, out var last) && last > 0:
                    options = options with { Last = last };
                    break;
                case "--last":
                    return Fault("--last takes a number of events, for example --last 20.", out fault);
                default:
                    return Fault($"There is no option '{args[at]}'.", out fault);
            }

            at++;
        }

        fault = "";
        return options;
    }

    private static Options? Fault(string text, out string fault)
    {
        fault = text;
        return null;
    }

    private static string DataBesideTheSolution()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cqrs.sln"))) return Path.Combine(folder.FullName, "data");
        }

        return "data";
    }
}
