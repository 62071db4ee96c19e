using System.Net;
using Cqrs.Api.Web;
using Cqrs.Domain.Squares;
using Cqrs.Domain.Tokens;
using Cqrs.EventStore.EventStoreDb.Connecting;
using Cqrs.EventStore.PersonalData;
using Cqrs.Gateway;
using Cqrs.Gateway.Configuration;
using Cqrs.Gateway.Listening;
using Microsoft.Extensions.Options;

namespace Cqrs.Api.Configuration;

/// <summary>Reads and checks the configuration; collects every fault before it gives up.</summary>
public sealed class SettingsReader(IConfiguration configuration, bool isProduction)
{
    /// <summary>The setting that says where the server listens.</summary>
    public const string UrlsSetting = "Urls";

    /// <summary>Where the server listens unless configured otherwise.</summary>
    public const string DefaultUrls = "http://127.0.0.1:5080";

    private static readonly (string Name, string Embedded)[] Engines =
    [
        ("Tables", "sqlite"), ("Blobs", "disk"), ("Bus", "memory"), ("Sms", "outbox"), ("Push", "outbox"),
    ];

    private readonly List<string> _faults = [];

    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public Settings Read()
    {
        _faults.AddRange(SettingNames.ArraysForOneValue(configuration));
        foreach (var (name, embedded) in Engines) CheckEngine(name, embedded);
        var settings = new Settings
        {
            Urls = Urls(),
            Data = Data(),
            Roles = Roles(),
            EventStore = EventStore(),
            Squares = Number("Grid:Squares", SquareDecider.DefaultSquares, 1, Ticket.MaxGrants),
            RebuildsStaleModels = Flag("Projections:RebuildStale", fallback: true),
            Limits = Limits(),
            TicketLifetime = TimeSpan.FromMinutes(Number("Tickets:Minutes", 60, 1, 1440)),
            Videos = new(TimeSpan.FromDays(Number("Blobs:Days", 30, 1, 3650)), Number("Blobs:MaxMegabytes", 100, 1, 10_000) * 1_000_000L),
            MasterSecret = Secret("Secrets:Master", "1:" + "(44 characters of base64)", MasterFault),
            TokenSecret = Secret("Secrets:Tokens", "0:" + "(43 characters of base64url)", TokenFault),
            Proxies = Addresses("Proxies"),
            App = App(),
            Gateway = Gateway(),
            Warnings = SettingNames.Unknown(configuration),
        };
        if (!isProduction) settings.App.ListensOn(settings.Urls);
        return _faults.Count == 0 ? settings : throw new ConfigurationException(_faults);
    }

    private void CheckEngine(string name, string embedded)
    {
        var value = configuration[name] ?? embedded;
        if (!value.Equals(embedded, StringComparison.OrdinalIgnoreCase))
            _faults.Add($"{name} is '{Scheme(value)}', which this version does not have. Leave it out, or set {name}={embedded}.");
        else if (isProduction && name is ("Sms" or "Push"))
            _faults.Add($"{name} is '{embedded}', which only shows messages to developers and is refused in Production. Set ASPNETCORE_ENVIRONMENT=Development to try the product out.");
    }

    private EsdbSettings? EventStore()
    {
        const string Example = "For example EventStore=esdb://user:password@localhost:2113?tls=false, or leave it out for the embedded log.";
        var value = configuration["EventStore"] ?? "sqlite";
        if (value.Equals("sqlite", StringComparison.OrdinalIgnoreCase)) return null;
        if (!ConnectionString.IsOne(value))
        {
            _faults.Add($"EventStore is '{Scheme(value)}', which this version does not have. {Example}");
            return null;
        }

        try
        {
            return ConnectionString.Parse(value);
        }
        catch (FormatException e)
        {
            _faults.Add($"EventStore cannot be used: {e.Message} {Example}");
            return null;
        }
    }

    // An address may hold a password; what stands before the colon does not.
    private static string Scheme(string value) => value.Split(':')[0];

    private string Data()
    {
        var data = configuration["Data"];
        if (data is { Length: > 0 }) return Folder(data);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cqrs.sln"))) return Path.Combine(folder.FullName, "data");
        }

        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "cqrs");
    }

    private string Folder(string data)
    {
        try
        {
            // A new folder is readable by its owner only; an existing folder keeps its rights.
            return (OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(data)
                : Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _faults.Add($"Data is '{data}', where no folder can be made or used ({e.GetType().Name}). For example Data=/var/lib/cqrs.");
            return data;
        }
    }

    private IReadOnlyList<string> Urls()
    {
        var urls = ConfiguredList.Find(configuration, UrlsSetting, ';') ?? [DefaultUrls];
        if (urls.Count == 0) _faults.Add($"{UrlsSetting} is empty. For example {UrlsSetting}={DefaultUrls}.");
        foreach (var url in urls)
            if (ListenAddresses.Fault(url) is { } fault)
                _faults.Add($"{UrlsSetting} names '{url}', {fault}. For example {UrlsSetting}={DefaultUrls}.");
        return urls;
    }

    private HashSet<Role> Roles()
    {
        var names = ConfiguredList.Find(configuration, "Roles", ',') ?? ["all"];
        if (names is ["all"]) return [.. Enum.GetValues<Role>()];
        var roles = new HashSet<Role>();
        foreach (var name in names)
        {
            if (Enum.TryParse<Role>(name, ignoreCase: true, out var role) && char.IsAsciiLetter(name[0])) roles.Add(role);
            else _faults.Add($"Roles names '{name}', which is no role of this version. It is 'all' or a list of {RoleNames()}, for example Roles=commands,web.");
        }

        // Messages of the memory bus do not leave the process, so one process must both send and consume them.
        if (roles.Contains(Role.Relay) != roles.Contains(Role.Notifications))
            _faults.Add("Roles has one of relay and notifications without the other, which Bus=memory does not allow: its messages do not leave the process. For example Roles=relay,notifications.");
        if (roles.Contains(Role.Gateway) && ConfiguredList.Read(configuration, "Gateway:Urls", ';').Count == 0)
            _faults.Add("Roles names gateway, but Gateway:Urls is not set: there is nothing to listen on. For example Gateway:Urls=http://127.0.0.1:2113.");
        if (names.Count == 0) _faults.Add($"Roles is empty. It is 'all' or a list of {RoleNames()}, for example Roles=commands,web.");
        return roles;
    }

    private static string RoleNames() => string.Join(", ", Enum.GetNames<Role>().Select(name => name.ToLowerInvariant()));

    private LimitSettings Limits()
    {
        var enabled = Flag("Limits:Enabled", fallback: true);
        if (!enabled && isProduction) _faults.Add("Limits:Enabled is false, which is refused in Production. Leave it out.");
        return new(
            enabled,
            Number("Limits:PerNumber", 10, 1, 1000),
            Number("Limits:PerAddress", 30, 1, 1_000_000),
            Number("Limits:PerUser", 100, 1, 1_000_000),
            Number("Limits:Server", 10_000, 1, int.MaxValue),
            Countries());
    }

    private List<string> Countries()
    {
        var codes = List("Limits:Countries").Select(code => code.TrimStart('+')).ToList();
        foreach (var code in codes.Where(code => code.Length is 0 or > 3 || !code.All(char.IsAsciiDigit)))
            _faults.Add($"Limits:Countries names '{code}', which is no calling code. For example Limits:Countries=1,44,49.");
        return codes;
    }

    private IReadOnlyList<string> Addresses(string name)
    {
        var addresses = List(name);
        foreach (var address in addresses.Where(address => !IPNetwork.TryParse(address, out _) && !IPAddress.TryParse(address, out _)))
            _faults.Add($"{name} names '{address}', which is no address or network. For example {name}=10.0.0.0/8.");
        return addresses;
    }

    private IReadOnlyList<string> List(string name) => ConfiguredList.Read(configuration, name, ',');

    private string? Secret(string name, string example, Func<string, string?> fault)
    {
        var value = string.Join(',', List(name));
        if (value.Length == 0)
        {
            if (isProduction) _faults.Add($"{name} is not set; a secret made in the data folder is refused in Production. For example {name}={example}.");
            return null;
        }

        // The value is a secret, so it is not repeated.
        if (fault(value) is { } what) _faults.Add($"{name} cannot be used: {what} For example {name}={example}.");
        return value;
    }

    private static string? MasterFault(string value)
    {
        try
        {
            MasterKeys.Parse(value);
            return null;
        }
        catch (PersonalDataException e)
        {
            return e.Message;
        }
    }

    private static string? TokenFault(string value) => TokenKeys.TryParse(value, out _, out var error) ? null : error;

    private AppLinks App()
    {
        try
        {
            return AppLinks.From(configuration);
        }
        catch (OptionsValidationException e)
        {
            _faults.AddRange(e.Failures);
            return new();
        }
    }

    private GatewaySettings Gateway()
    {
        var gateway = new GatewaySettingsReader(configuration, _faults).Read();
        if (gateway.IsOn && ConnectionString.IsOne(configuration["EventStore"] ?? ""))
            _faults.Add("Gateway:Urls is set, but EventStore names a server, which speaks the protocol itself: clients go there. For example EventStore=sqlite, or leave Gateway:Urls out.");
        return gateway;
    }

    private int Number(string name, int fallback, int least, int most)
    {
        if (configuration[name] is not { } text) return fallback;
        if (int.TryParse(text, out var number) && number >= least && number <= most) return number;
        _faults.Add($"{name} is '{text}', but must be a number from {least} to {most}. For example {name}={fallback}.");
        return fallback;
    }

    private bool Flag(string name, bool fallback)
    {
        if (configuration[name] is not { } text) return fallback;
        if (bool.TryParse(text, out var flag)) return flag;
        _faults.Add($"{name} is '{text}', but must be true or false. For example {name}={(fallback ? "true" : "false")}.");
        return fallback;
    }
}
