using Cqrs.Contracts.Tests.Log;

namespace Cqrs.Contracts.Tests.Gateway;

/// <summary>What the official client does with the face, case by case: <c>client.cases.mjs</c>.</summary>
public sealed class OfficialClientContract(OfficialClientContract.Run run) : IClassFixture<OfficialClientContract.Run>
{
    private static readonly string[] s_names =
    [
        "append with each expected revision",
        "a conflict tells what is and what was expected",
        "a conflict of the other append call",
        "the same append again is recognised by its ids",
        "appends at once to one stream keep their order",
        "appends at once to many streams are all there",
        "an append in several messages",
        "an append of no events tells where the stream is",
        "read a stream both ways, with limits, from the middle",
        "a long stream is read whole, both ways",
        "a missing stream is said to be missing",
        "JSON, binary, metadata and ids come back as they went",
        "read all both ways, with limits, from the middle",
        "read all through each kind of filter",
        "subscribe to a stream: catch up, then live",
        "subscribe to a stream from its end, and from a revision",
        "subscribe to a stream that is not there yet",
        "subscribe to all: nothing is missed and nothing comes twice",
        "subscribe to all from the end, and resume from a position",
        "subscribe to all through each kind of filter",
        "checkpoints tell from where to go on",
        "system events can be left out",
        "metadata of a stream are a stream",
        "a large event comes back, a larger one is refused",
        "a slow reader gets everything",
        "what is not offered is said to be not offered",
        "a cluster of one is discovered",
    ];

    public static readonly TheoryData<string> Cases = [.. s_names];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_official_client_is_content(string name) => run.ShouldHavePassed(name);

    /// <summary>All cases, once, against a face in another process.</summary>
    public sealed class Run : ClientRun
    {
        public Run()
            : base(s_names)
        {
        }

        internal override async Task<Dictionary<string, string?>> RunAsync(TemporaryFolder folder, IEnumerable<string> cases)
        {
            using var face = await GatewayProcess.StartAsync(folder.Path);
            return await OfficialClient.RunAsync($"kurrentdb://127.0.0.1:{face.Address.Port}?tls=false", cases);
        }
    }
}
