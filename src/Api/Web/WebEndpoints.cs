namespace Cqrs.Api.Web;

/// <summary>Where people without the app arrive: the page of an invite, and the files that hand its link to the app.</summary>
public static class WebEndpoints
{
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Writing = [HttpMethods.Post];

    /// <summary>
    /// Registers the pages; <see cref="IInviteLinks"/> comes from elsewhere. An invite's code is part of its address, so
    /// the framework's own lines, and scopes, that tell the address of each request are turned off here: whoever may read
    /// the log may not open the invites.
    /// </summary>
    public static IServiceCollection AddWeb(this IServiceCollection services, AppLinks links) => services
        .AddSingleton(links)
        .AddSingleton<InvitePage>()
        .AddSingleton<InviteEndpoint>()
        .AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.Routing", LogLevel.Warning));

    /// <summary>Maps the invite's page and its button, and the two files under <c>/.well-known</c>.</summary>
    public static IEndpointConventionBuilder MapWeb(this IEndpointRouteBuilder endpoints)
    {
        var links = endpoints.ServiceProvider.GetRequiredService<AppLinks>();
        var invite = endpoints.ServiceProvider.GetRequiredService<InviteEndpoint>();
        var web = endpoints.MapGroup("");
        web.MapMethods("/i/{**code}", Reading, invite.ShowAsync);
        web.MapMethods("/i/{**code}", Writing, invite.OpenAsync);
        MapFile(web, WellKnown.ApplePath, WellKnown.AppleAppSiteAssociation(links));
        MapFile(web, WellKnown.AndroidPath, WellKnown.AssetLinks(links));
        return web.ExcludeFromDescription();
    }

    private static void MapFile(IEndpointRouteBuilder endpoints, string path, byte[] json) =>
        endpoints.MapMethods(path, Reading, context =>
        {
            SecureHeaders.ApplyToPublicFile(context.Response.Headers);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = json.Length;
            return HttpMethods.IsHead(context.Request.Method)
                ? Task.CompletedTask
                : context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
        });
}
