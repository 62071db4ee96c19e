using Cqrs.Client.Http;
using Cqrs.Client.Messaging;
using Cqrs.Phones;
using Cqrs.Samples;

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

using var http = new HttpClient { BaseAddress = options.Url };
try
{
    (await http.GetAsync(new Uri("health/live", UriKind.Relative))).EnsureSuccessStatusCode();
}
catch (HttpRequestException)
{
    Console.Error.WriteLine($"No server answers at {options.Url}.\nStart one first: dotnet run --project src/Api\nOr say where it is: --url <address>");
    return 1;
}

try
{
    await new Story(http, new DevOutbox(http)).TellAsync();
    Console.WriteLine("Everything was as told.");
    return 0;
}
catch (Exception e) when (e is ApiException or HttpRequestException or InvalidOperationException)
{
    Console.Error.WriteLine($"\nThe server refused. {e.Message}");
    return 1;
}
catch (Exception e) when (e is NotAsToldException or TimeoutException or UntrustedServerException)
{
    Console.Error.WriteLine($"\nNot as told: {e.Message}");
    return 3;
}
