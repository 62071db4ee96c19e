using System.Net.Http.Headers;
using System.Text;

namespace Cqrs.Story.Tests.Contract;

public sealed class BadInputTests(ServerFixture fixture) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private const int Limit = 32 * 1024;

    private readonly StoryServer server = fixture.Server;
    private Phone ada = null!;
    private long head;

    public async Task InitializeAsync()
    {
        ada = await Phone.RegisteredAsync(server);
        (await ada.AskAsync()).ShouldBe(202);
        head = await server.HeadAsync();
    }

    // Whatever the bad input was, nothing came of it.
    public async Task DisposeAsync() => (await server.HeadAsync()).ShouldBe(head);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("[{\"firstName\":\"Ada\"}]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{} {}")]
    [InlineData("{'firstName':'Ada'}")]
    [InlineData("{\"firstName\":\"Ada\",}")]
    [InlineData("// {}")]
    public async Task What_is_no_json_object_is_refused(string body)
    {
        foreach (var path in Paths()) (await SendAsync(path, Encoding.UTF8.GetBytes(body))).ShouldBeProblem("invalid-request");
    }

    [Theory]
    [InlineData("firstName", "5")]
    [InlineData("firstName", "{}")]
    [InlineData("lastName", "[]")]
    [InlineData("lastName", "true")]
    [InlineData("phone", "4915112345678")]
    [InlineData("phone", "1e999999999")]
    [InlineData("phone", "99999999999999999999999999999999999999999999")]
    [InlineData("firstName", "\"\\ud800\"")]
    [InlineData("firstName", "\"\\udc00\\ud800\"")]
    public async Task A_field_of_the_wrong_type_is_named(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["firstName"] = "\"Ada\"", ["lastName"] = "\"\"", ["phone"] = "\"+4915112345678\"" };
        fields[field] = value;
        var body = $"{{{string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}"))}}}";
        foreach (var path in Paths()[..2])
            (await SendAsync(path, Encoding.UTF8.GetBytes(body))).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe(field);
    }

    [Theory]
    [InlineData("firstName", "{\"lastName\":\"\",\"phone\":\"+4915112345678\"}")]
    [InlineData("lastName", "{\"firstName\":\"Ada\",\"phone\":\"+4915112345678\"}")]
    [InlineData("phone", "{\"firstName\":\"Ada\",\"lastName\":\"\"}")]
    [InlineData("firstName", "{}")]
    [InlineData("firstName", "{\"FIRSTNAME\":\"Ada\",\"lastName\":\"\",\"phone\":\"+4915112345678\"}")]
    [InlineData("phone", "{\"firstName\":\"Ada\",\"lastName\":\"\",\"phone\":null}")]
    public async Task A_missing_field_is_named(string field, string body)
    {
        foreach (var path in Paths()[..2])
        {
            var problem = (await SendAsync(path, Encoding.UTF8.GetBytes(body))).ShouldBeProblem("invalid-request", "field");
            problem.String("field").ShouldBe(field);
            problem.String("detail").ShouldBe($"The field '{field}' is missing.");
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"code\":null}")]
    [InlineData("{\"code\":123456}")]
    [InlineData("{\"code\":[\"123456\"]}")]
    [InlineData("{\"code\":")]
    public async Task A_code_has_to_be_a_text(string body) =>
        (await SendAsync(Paths()[2], Encoding.UTF8.GetBytes(body))).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("code");

    [Fact]
    public async Task A_field_that_stands_there_twice_is_refused()
    {
        var body = "{\"firstName\":\"Ada\",\"lastName\":\"\",\"phone\":\"+4915112345678\",\"phone\":\"+4915187654321\"}"u8.ToArray();
        foreach (var path in Paths()[..2]) (await SendAsync(path, body)).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("phone");
    }

    [Fact]
    public async Task Text_that_is_no_utf8_is_refused()
    {
        byte[] body = [.. "{\"lastName\":\"\",\"phone\":\"+4915112345678\",\"firstName\":\"A"u8, 0xC3, 0x28, 0xFF, .. "\"}"u8];
        foreach (var path in Paths()[..2]) (await SendAsync(path, body)).ShouldBeProblem("invalid-request", "field").String("field").ShouldBe("firstName");
    }

    [Theory]
    [InlineData("{\"deep\":", 70)]
    [InlineData("{\"deep\":", 30_000)]
    [InlineData("", 30_000)]
    public async Task What_is_nested_too_deeply_is_refused(string before, int depth)
    {
        foreach (var path in Paths())
            (await SendAsync(path, Encoding.UTF8.GetBytes(before + new string('[', depth)))).ShouldBe(400).String("code").ShouldBe("invalid-request");
    }

    [Theory]
    [InlineData(Limit + 1, false)]
    [InlineData(Limit + 1, true)]
    [InlineData(10 * Limit, false)]
    [InlineData(10 * Limit, true)]
    public async Task A_body_that_is_too_large_is_refused(int length, bool chunked)
    {
        foreach (var path in Paths()) (await SendAsync(path, Filled(length), chunked)).ShouldBeProblem("body-too-large");
        (await SendAsync($"/connections/{Guid.NewGuid()}/accept", Filled(length), chunked)).ShouldBeProblem("body-too-large");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_as_large_as_it_may_be_is_understood(bool chunked) =>
        (await SendAsync("/invites", Filled(Limit), chunked)).ShouldBeProblem("invalid-request", "field");

    [Fact]
    public async Task A_very_long_name_number_or_region_is_refused()
    {
        var text = new string('1', 20_000);
        (await ada.PostAsync("/registrations", new { firstName = text, lastName = "", phone = "+4915112345678" })).ShouldBeProblem("invalid-name");
        (await ada.PostAsync("/registrations", new { firstName = "Ada", lastName = "", phone = text })).ShouldBeProblem("invalid-phone");
        (await ada.PostAsync("/registrations", new { firstName = "Ada", lastName = "", phone = "0151 12345678", region = text })).ShouldBeProblem("invalid-phone");
        (await ada.InviteAsync("Ada", "", text)).ShouldBeProblem("invalid-phone");
    }

    private string[] Paths() => ["/registrations", "/invites", $"/registrations/{ada.RegistrationId}/verify"];

    // A valid object, filled up with blanks; none of the fields that are asked for is in it.
    private static byte[] Filled(int length) => Encoding.UTF8.GetBytes("{}" + new string(' ', length - 2));

    private Task<Answer> SendAsync(string path, byte[] body, bool chunked = false)
    {
        HttpContent content = chunked ? new StreamContent(new Trickle(body)) : new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        return ada.PostAsync(path, content);
    }

    /// <summary>A stream whose length nobody knows beforehand: it goes out in chunks.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override bool CanSeek => false;
    }
}
