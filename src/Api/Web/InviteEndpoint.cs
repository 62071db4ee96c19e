using Cqrs.Commands.Connections;

namespace Cqrs.Api.Web;

/// <summary>Answers everything under <c>/i/</c>.</summary>
internal sealed partial class InviteEndpoint(InvitePage page, AppLinks links, ILogger<InviteEndpoint> logger)
{
    /// <summary>The page; changes nothing, whatever its address says.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var model = InvitePageModel.Without(InvitePageKind.Unknown, DeviceOf(context));
        if (Code(context) is { } code)
        {
            try
            {
                model = Model(await Invites(context).FindAsync(code, context.RequestAborted), code, context);
            }
            catch (Exception fault) when (!context.RequestAborted.IsCancellationRequested)
            {
                model = Unavailable(context, fault);
            }
        }

        await AnswerAsync(context, model);
    }

    /// <summary>The button; needs no script.</summary>
    public async Task OpenAsync(HttpContext context)
    {
        if (Code(context) is not { } code)
        {
            await AnswerAsync(context, InvitePageModel.Without(InvitePageKind.Unknown, DeviceOf(context)));
            return;
        }

        // A form on another site presses no button here; whoever was sent by it sees the page and may press it himself.
        if (IsFromElsewhere(context.Request))
        {
            SeeOther(context, code, "");
            return;
        }

        InvitePageModel model;
        try
        {
            // Not aborted with the request: a person may leave the page as soon as he has pressed.
            var opening = await Invites(context).OpenAsync(code, CancellationToken.None);
            if (opening == InviteOpening.Opened)
            {
                // To the page, not to the app or a store: browsers hold redirects after a form to form-action, too.
                SeeOther(context, code, "?opened=1");
                return;
            }

            model = InvitePageModel.Without(
                opening == InviteOpening.Ended ? InvitePageKind.Ended : InvitePageKind.Unknown, DeviceOf(context));
        }
        catch (Exception fault)
        {
            model = Unavailable(context, fault);
        }

        await AnswerAsync(context, model);
    }

    private static InvitePageModel Model(InviteLookup? invite, string code, HttpContext context) => invite switch
    {
        null => InvitePageModel.Without(InvitePageKind.Unknown, DeviceOf(context)),
        { IsOpen: true, FirstName: { Length: > 0 } name } =>
            InvitePageModel.Invite(name, code, context.Request.Query["opened"] == "1", DeviceOf(context)),
        _ => InvitePageModel.Without(InvitePageKind.Ended, DeviceOf(context)),
    };

    private InvitePageModel Unavailable(HttpContext context, Exception fault)
    {
        LogUnavailable(fault);
        context.Response.Headers.RetryAfter = "30";
        return InvitePageModel.Without(InvitePageKind.Unavailable, DeviceOf(context));
    }

    private async Task AnswerAsync(HttpContext context, InvitePageModel model)
    {
        var rendered = page.Render(model);
        var response = context.Response;
        response.StatusCode = model.Kind switch
        {
            InvitePageKind.Open or InvitePageKind.Opened => StatusCodes.Status200OK,
            InvitePageKind.Ended => StatusCodes.Status410Gone,
            InvitePageKind.Unknown => StatusCodes.Status404NotFound,
            _ => StatusCodes.Status503ServiceUnavailable,
        };
        SecureHeaders.ApplyToPage(response.Headers, page.ContentSecurityPolicy);
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = rendered.Length;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        rendered.Write(response.BodyWriter);
        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private void SeeOther(HttpContext context, string code, string query)
    {
        SecureHeaders.ApplyToPage(context.Response.Headers, page.ContentSecurityPolicy);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = $"{links.BasePath}/i/{code}{query}";
    }

    /// <summary>
    /// Browsers say where a request comes from by <c>Sec-Fetch-Site</c>; older ones by <c>Origin</c>, which is
    /// <c>null</c> from our own page because it sends no referrer (Fetch, "append a request Origin header").
    /// </summary>
    private bool IsFromElsewhere(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0) return site is not ("same-origin" or "none");
        var origin = request.Headers.Origin.ToString();
        if (origin is "" or "null") return false;
        return !Uri.TryCreate(origin, UriKind.Absolute, out var from)
            || (from.Authority != request.Host.Value && from.Authority != new Uri(links.Link).Authority);
    }

    private static string? Code(HttpContext context) =>
        context.GetRouteValue("code") is string code && InviteCode.IsPossible(code) ? code : null;

    private static Device DeviceOf(HttpContext context) =>
        InvitePageModel.DeviceOf(context.Request.Headers.UserAgent.ToString());

    private static IInviteLinks Invites(HttpContext context) => context.RequestServices.GetRequiredService<IInviteLinks>();

    [LoggerMessage(1, LogLevel.Error, "An invite could not be looked up or opened; the visitor was asked to try again.")]
    private partial void LogUnavailable(Exception fault);
}
