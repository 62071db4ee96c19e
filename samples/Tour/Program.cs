using Cqrs.Client;
using Cqrs.Client.Http;
using Cqrs.EventStore.Sqlite;
using Cqrs.Samples;
using Cqrs.Tour;

if (Options.Parse(args, out var fault) is not { } options)
{
    Console.Error.WriteLine($"{fault}\n\n{Options.Usage}");
    return 2;
}

if (options.Help)
{
    Console.WriteLine(Options.Usage);
    return 0;
}

if (options.EventsOnly) return await ShowEventsAsync(options.Last);

using var http = new HttpClient { BaseAddress = options.Url };
try
{
    (await http.GetAsync(new Uri("/health/ready", UriKind.Relative))).EnsureSuccessStatusCode();
}
catch (HttpRequestException)
{
    Console.Error.WriteLine($"No server is ready at {options.Url}.\nStart one first: dotnet run --project src/Api\nOr name its address: --url <address>");
    return 1;
}

// Each run uses numbers of its own, so that the tour can be repeated.
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
catch (Exception e) when (e is ApiException or HttpRequestException or InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine($"The server refused: {e.Message}");
    return 1;
}

Console.WriteLine("\nWhat the log keeps of it; names, numbers, codes and keys are sealed:");
return await ShowEventsAsync(13);

async Task<int> ShowEventsAsync(int count)
{
    // Opening a folder without a log would make one there.
    if (!File.Exists(Path.Combine(options.Data, SqliteEventLog.FileName)))
    {
        Console.Error.WriteLine($"There is no log in {options.Data}. Name the data folder of the server: --data <folder>");
        return 1;
    }

    await EventPrinter.PrintAsync(options.Data, count);
    return 0;
}

async Task<UserClient> RegisterAsync(string first, string last, string number)
{
    var app = new AppClient(new HttpClient(new Narrator(first)) { BaseAddress = http.BaseAddress });
    var pending = await app.RegisterAsync(first, last, number);
    var code = await outbox.CodeAsync(number);
    Console.WriteLine($"    {first} types the code {code}");
    return await app.VerifyAsync(pending.RegistrationId, code);
}
