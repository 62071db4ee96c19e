using Cqrs.Contracts.Tests.Log;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>Who may do what, as the official client meets it over TLS: <c>client.access.mjs</c>.</summary>
public sealed class OfficialClientAccess(OfficialClientAccess.Run run) : IClassFixture<OfficialClientAccess.Run>
{
    private static readonly string[] s_names =
    [
        "a writer appends and reads",
        "a reader reads, subscribes and does not append",
        "a reader is refused append by append on the call that stays open",
        "a wrong password is refused",
        "nobody is refused",
    ];

    public static readonly TheoryData<string> Cases = [.. s_names];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_official_client_is_let_in_or_not(string name) => run.ShouldHavePassed(name);

    /// <summary>All cases, once, against a face with TLS and credentials in another process.</summary>
    public sealed class Run : ClientRun
    {
        public Run()
            : base(s_names)
        {
        }

        internal override async Task<Dictionary<string, string?>> RunAsync(TemporaryFolder folder, IEnumerable<string> cases)
        {
            var certificates = Certificates.In(folder.Path);
            var settings = new Dictionary<string, string>
            {
                ["Gateway:Credentials:0"] = "writer:w:säcret,=",
                ["Gateway:ReadOnlyCredentials"] = "other:other, reader:r-secret",
                ["Gateway:Certificate:Path"] = certificates.Server,
                ["Gateway:Certificate:KeyPath"] = certificates.Key,
            };
            using var face = await GatewayProcess.StartAsync(folder.Path, "https://127.0.0.1:0", settings);
            return await OfficialClient.RunAsync($"kurrentdb://localhost:{face.Address.Port}?tlsCaFile={certificates.Authority}", cases);
        }
    }
}
