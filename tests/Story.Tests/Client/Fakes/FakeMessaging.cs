using System.Net;
using Cqrs.Client;
using Cqrs.Domain.Identity;
using Cqrs.Domain.Mailboxes;
using static Cqrs.Story.Tests.Client.Fakes.ScriptedServer;

namespace Cqrs.Story.Tests.Client.Fakes;

/// <summary>A server on which Ada is connected with Bob; it tells the truth unless it is told to lie.</summary>
internal sealed class FakeMessaging
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private readonly MailboxKey ada = KeyOf(1);

    public FakeMessaging()
    {
        Bob = KeyOf(2);
        var (mine, his) = (ada.HalfFor(Connection), Bob.HalfFor(Connection));
        (Out, In, Peer, Half) = (MailboxName.From(mine, his), MailboxName.From(his, mine), Bob.UserKey, his);
        Server.Script = Answer;
        Phone = Server.App.SignIn(new(new(Guid.Empty), "auth", ada));
    }

    public ScriptedServer Server { get; } = new();

    public UserClient Phone { get; }

    public ConnectionId Connection { get; } = new(new("9782bacc-3d04-836a-bfdc-f6389e0665b2"));

    public MailboxKey Bob { get; }

    public MailboxName Out { get; set; }

    public MailboxName In { get; set; }

    public UserKey Peer { get; set; }

    public MailboxHalf Half { get; set; }

    /// <summary>Tickets have numbers: <c>ticket-1</c>, <c>ticket-2</c>, …</summary>
    public int Tickets { get; private set; }

    /// <summary>Whether the newest ticket names the connection.</summary>
    public bool IsGranted { get; set; } = true;

    /// <summary>Whether the list has the connection.</summary>
    public bool IsListed { get; set; } = true;

    public long ListVersion { get; set; } = 7;

    public Func<Received, HttpResponseMessage?> Rest { get; set; } = _ => new(HttpStatusCode.NoContent);

    public IEnumerable<string> Calls => Server.Received.Select(call => call.ToString());

    public IEnumerable<Received> With(string ticket) => Server.Received.Where(call => call.Header("Authorization") == $"Bearer {ticket}");

    public static MailboxKey KeyOf(byte number) => MailboxKey.Read(Enumerable.Repeat(number, 32).ToArray());

    private HttpResponseMessage? Answer(Received call) => call.ToString() switch
    {
        "GET /connections" => Json(
            $$"""
            {"version":{{ListVersion}},"squares":{"used":1,"of":8},"connections":{{(IsListed ? Entry : "[]")}} }
            """),
        "POST /vending" => Vend(),
        _ => Rest(call),
    };

    private string Entry =>
        $$"""
        [{"connectionId":"{{Connection}}","state":"connected","firstName":"Bob","lastName":"B","phone":"+14155550172",
        "since":"2026-11-23T09:58:11.041Z","peer":{"half":"{{Half.Reveal()}}","userKey":"{{Bob.UserKey}}"} }]
        """;

    private HttpResponseMessage Vend()
    {
        Tickets++;
        var grant = $$"""[{"connectionId":"{{Connection}}","out":"{{Out}}","in":"{{In}}","peer":"{{Peer}}"}]""";
        var answer = Json($$"""{"ticket":"ticket-{{Tickets}}","expiresAt":"{{Start.AddHours(1):O}}","grants":{{(IsGranted ? grant : "[]")}} }""");
        answer.Headers.Date = Start;
        return answer;
    }
}
