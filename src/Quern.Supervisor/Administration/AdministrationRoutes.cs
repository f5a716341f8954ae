using Microsoft.AspNetCore.Builder;
using Quern.Protocol.Api;
using Quern.Store;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Statistics;

namespace Quern.Supervisor.Administration;

/// <summary>The farm as a whole: users, resources, modes, history, sums.</summary>
internal static class AdministrationRoutes
{
    public static void Map(WebApplication app, IFarmLoop loop, IFarmStore store, ApiOptions options)
    {
        var users = new UserEndpoints(loop);
        app.MapGet(ApiRoutes.Users, users.ListAsync);
        app.MapPost(ApiRoutes.Users, users.ChangeAsync);
        var resources = new ResourceEndpoints(loop);
        app.MapGet(ApiRoutes.Resources, resources.ListAsync);
        app.MapPost(ApiRoutes.Resources, resources.UpdateAsync);
        var membership = new MembershipEndpoints(loop);
        app.MapGet(ApiRoutes.RemovedHosts, membership.ListAsync);
        app.MapPost(ApiRoutes.RemovedHosts, membership.ChangeAsync);
        app.MapPost(ApiRoutes.HostRefresh, membership.RefreshAsync);
        app.MapPost(ApiRoutes.HostWords, membership.SayAsync);
        var supervisor = new SupervisorEndpoints(loop, options.Settings);
        app.MapGet(ApiRoutes.Supervisor, supervisor.ShowAsync);
        app.MapPost(ApiRoutes.Supervisor, supervisor.ChangeAsync);
        app.MapGet(ApiRoutes.Summary, new SummaryEndpoint(loop).ShowAsync);
        app.MapGet(ApiRoutes.Stats + "/{target}", new StatsEndpoint(loop).ShowAsync);
        app.MapGet(ApiRoutes.Events, new EventEndpoints(store).FindAsync);
    }
}
