using Microsoft.Playwright;

namespace Cqrs.Story.Tests.Web;

public sealed class InvitePageBrowserTests
{
    private const string Code = "7k3mq9xw2vhd4t8z";

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_sees_who_invites_and_opens_the_invite_with_or_without_script(bool script)
    {
        var chromium = Peers.Chromium();
        await using var host = await WebHost.StartAsync();
        host.Invites.Known[Code] = new("Ada <b>", IsOpen: true);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        });
        var context = await browser.NewContextAsync(new()
        {
            JavaScriptEnabled = script,
            ViewportSize = new() { Width = 390, Height = 844 },
            UserAgent = "Mozilla/5.0 (Linux; Android 14)",
        });
        if (script) await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000); // a busy machine is slow, not wrong
        var complaints = new List<string>();
        page.Console += (_, message) => complaints.Add(message.Text);

        await page.GotoAsync($"{host.Client.BaseAddress}i/{Code}");

        (await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).InnerTextAsync()).ShouldBe("Ada <b> invites you");
        (await page.Locator("#code").TextContentAsync()).ShouldBe(Code);
        (await page.GetByRole(AriaRole.Link, new() { Name = "Get it for iPhone" }).IsVisibleAsync()).ShouldBeTrue();
        (await page.GetByRole(AriaRole.Link, new() { Name = "Get it for Android" }).IsVisibleAsync()).ShouldBeTrue();

        var copy = page.GetByRole(AriaRole.Button, new() { Name = "Copy code" });
        (await copy.IsVisibleAsync()).ShouldBe(script);
        if (script)
        {
            await copy.ClickAsync();
            await page.GetByText("Copied.").WaitForAsync();
            (await page.Locator("#copied").InnerTextAsync()).ShouldBe("Copied.");
        }

        host.Invites.Recorded.ShouldBeEmpty();
        await page.GetByRole(AriaRole.Button, new() { Name = "I have the app" }).ClickAsync();
        await page.WaitForURLAsync($"**/i/{Code}?opened=1");
        host.Invites.Recorded.ShouldBe([Code]);
        (await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).InnerTextAsync()).ShouldBe("Ada <b> is waiting for you");
        (await page.GetByRole(AriaRole.Link, new() { Name = "Open Squares" }).GetAttributeAsync("href"))!
            .ShouldStartWith($"intent://127.0.0.1:5080/i/{Code}#Intent;scheme=http;package=app.squares.dev;");
        if (script) await ClipboardHoldsTheCodeAsync(context, host);
        complaints.ShouldBeEmpty();
    }

    // The page itself may not read the clipboard, by its own Permissions-Policy; another page of the context may.
    private static async Task ClipboardHoldsTheCodeAsync(IBrowserContext context, WebHost host)
    {
        var reader = await context.NewPageAsync();
        await reader.RouteAsync("**/reader", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<p>reader" }));
        await reader.GotoAsync($"{host.Client.BaseAddress}reader");
        await reader.BringToFrontAsync();
        (await reader.EvaluateAsync<string>("navigator.clipboard.readText()")).ShouldBe(Code);
    }
}
