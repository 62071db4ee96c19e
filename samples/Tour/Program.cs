using Cqrs.Client;
using Cqrs.Client.Http;
using Cqrs.Samples;
using Cqrs.Tour;

var url = Option("--url") ?? "http://127.0.0.1:5080";
var data = Option("--data") ?? DataBesideTheSolution();
if (args is ["events", ..])
{
    await EventPrinter.PrintAsync(data, int.TryParse(Option("--last"), out var last) ? last : 20);
    return 0;
}

using var http = new HttpClient { BaseAddress = new Uri(url) };
try
{
    (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).EnsureSuccessStatusCode();
}
catch (HttpRequestException)
{
    Console.Error.WriteLine($"No server is ready at {url}. Start one first: dotnet run --project src/Api");
    return 1;
}

// Numbers of their own for each run, so that the tour can be taken again.
var run = Random.Shared.Next(1000, 9999);
var outbox = new DevOutbox(http);
try
{
    Console.WriteLine("Ada registers: a code goes to her number, and comes back.");
    var ada = await RegisterAsync("Ada", "Lovelace", $"+1415555{run}");

    Console.WriteLine("\nAda invites Bob, who does not have the app; seven digits are enough, he lives nearby. Her phone sends him the SMS.");
    var connection = (await ada.Connections.InviteAsync("Bobby", "", $"556-{run}")).ConnectionId;

    Console.WriteLine("\nBob follows the link, installs the app and registers. The invite is waiting for him.");
    var bob = await RegisterAsync("Bob", "Babbage", $"+1415556{run}");
    await bob.Connections.ListAsync();
    await bob.Connections.SeeAsync(connection);

    Console.WriteLine("\nHe accepts, and both have each other on their grids.");
    await bob.Connections.AcceptAsync(connection);
    ada.SeeAtLeast(bob.Position);
    await ada.Connections.ListAsync();
}
catch (ApiException e)
{
    Console.Error.WriteLine($"The server refused: {e.Message}");
    return 1;
}

Console.WriteLine("\nWhat the log keeps of it; names, numbers, codes and keys are sealed:");
await EventPrinter.PrintAsync(data, 13);
return 0;

async Task<UserClient> RegisterAsync(string first, string last, string number)
{
    var app = new AppClient(new HttpClient(new Narrator(first)) { BaseAddress = http.BaseAddress });
    var pending = await app.RegisterAsync(first, last, number);
    var code = await outbox.CodeAsync(number);
    Console.WriteLine($"    {first} types the code {code}");
    return await app.VerifyAsync(pending.RegistrationId, code);
}

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

static string DataBesideTheSolution()
{
    for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "Cqrs.sln"))) return Path.Combine(folder.FullName, "data");
    }

    return "data";
}
