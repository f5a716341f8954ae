using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Store;
using Quern.Supervisor.Administration;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Output;
using Quern.Supervisor.Passwords;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>
/// The routes of the HTTP API. Each checks what needs no farm, asks the loop, and answers; work that grows with the farm is asked for in slices.
/// </summary>
internal sealed class ApiEndpoints(IFarmLoop loop, IOutputReader output, IFarmStore store, FeedHub feed, ApiOptions options, CancellationToken stopping)
{
    private const int MostEvents = 10_000;
    private const string UserMode = "user";

    /// <summary>Puts the API into the application: the gate first, then the routes.</summary>
    public static void Map(
        WebApplication app, IFarmLoop loop, IOutputReader output, IFarmStore store, FeedHub feed, Authority authority, CentralSettings settings, PasswordSeal seal, ApiOptions options)
    {
        var gate = new ApiGate(new CallerIdentity(loop, new AccountNames(options.Time), options.VouchingHosts, options.Administrators), app.Logger);
        app.Use(next => context => gate.InvokeAsync(context, next));
        app.UseRouting();
        var api = new ApiEndpoints(loop, output, store, feed, options, app.Lifetime.ApplicationStopping);
        var workers = new WorkerEndpoints(loop, authority, options, new HostAdmission(settings, () => options.Settings.Current.Text(HostAdmission.Setting)));
        app.Lifetime.ApplicationStopping.Register(feed.Stop);
        app.MapGet(ApiRoutes.Ping, api.PingAsync);
        app.MapPost(ApiRoutes.Jobs, api.SubmitAsync);
        app.MapGet(ApiRoutes.Jobs, api.ListJobsAsync);
        app.MapPost(ApiRoutes.Actions, new ActionEndpoint(loop, options).ActAsync);
        var callbacks = new CallbackEndpoints(loop);
        app.MapGet(ApiRoutes.Jobs + "/{job}/callbacks", callbacks.ListOfJobAsync);
        app.MapGet(ApiRoutes.Callbacks, callbacks.ListAsync);
        app.MapPost(ApiRoutes.Callbacks, callbacks.AddAsync);
        app.MapDelete(ApiRoutes.Callbacks + "/{id}", callbacks.RemoveAsync);
        app.MapPost(ApiRoutes.Triggers, callbacks.FireAsync);
        app.MapGet(ApiRoutes.Hosts, api.ListHostsAsync);
        app.MapPost(ApiRoutes.HostLocks, new HostEndpoints(loop).LockAsync);
        app.MapGet(ApiRoutes.History + "/{job}", api.ReadHistoryAsync);
        app.MapGet(ApiRoutes.Output + "/{target}", api.ReadOutputAsync);
        app.MapGet(ApiRoutes.JobOrder + "/{host}", new JobOrderEndpoint(loop).ShowAsync);
        var why = new WhyEndpoints(loop, options);
        app.MapGet(ApiRoutes.Why + "/{target}", why.ShowAsync);
        app.MapPost(ApiRoutes.Why, why.TryAsync);
        app.MapGet(ApiRoutes.Feed, api.FeedAsync);
        app.MapPost(ApiRoutes.WorkerTokens, workers.MakeTokenAsync);
        app.MapPost(ApiRoutes.WorkerJoin, workers.JoinAsync);
        app.MapPost(ApiRoutes.WorkerLoan, new LoanEndpoint(loop, authority).LendAsync);
        app.MapPost(ApiRoutes.WorkerRenewal, new RenewalEndpoint(loop, authority).RenewAsync);
        app.MapGet(ApiRoutes.WorkerAuthority, workers.ShowAuthorityAsync);
        var config = new ConfigEndpoints(settings, loop);
        app.MapGet(ApiRoutes.Config, config.ListAsync);
        app.MapPost(ApiRoutes.Config, config.PushAsync);
        app.MapGet(ApiRoutes.ConfigVersions + "/{version}", config.ReadAsync);
        app.MapGet(ApiRoutes.ConfigHosts + "/{host}", config.ExplainAsync);
        var credentials = new CredentialEndpoints(loop, seal);
        app.MapGet(ApiRoutes.SealingKey, credentials.ShowKeyAsync);
        app.MapGet(ApiRoutes.Credentials, credentials.ListAsync);
        app.MapPost(ApiRoutes.Credentials, credentials.RegisterAsync);
        app.MapDelete(ApiRoutes.Credentials + "/{user}", credentials.ForgetAsync);
        AdministrationRoutes.Map(app, loop, store, options);
    }

    private async Task PingAsync(HttpContext context)
    {
        var (jobs, workers, running) = await loop.Ask(
            (farm, _) => (farm.Jobs.Count, farm.Workers.Count(worker => worker.IsConnected), farm.Workers.Sum(worker => worker.Instances.Count(instance => instance.IsPlaced))),
            context.RequestAborted).ConfigureAwait(false);
        var reply = new PingReply
        {
            Role = "supervisor", Name = options.Name, Address = options.Address, Version = options.Version, Os = "linux", Port = options.Port(),
            User = ApiGate.TryCallerOf(context)?.User ?? "", Time = options.Time.GetUtcNow().ToUnixTimeMilliseconds(),
            Jobs = jobs, Workers = workers, Running = running,
        };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.PingReply).ConfigureAwait(false);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.SubmitRequest).ConfigureAwait(false);
        var (submission, warnings) = JobReader.Read(request, caller, options);
        if (options.SubmitPolicy?.WhyNot(submission) is { } unwanted)
        {
            throw ApiRefusal.Forbidden(unwanted);
        }

        var isRoots = submission.Jobs.Any(job => job.User == "root");
        var (result, doubts) = await loop.Ask(
            (farm, now) =>
            {
                var answer = isRoots && RunsAsSubmitterOnly(farm)
                    ? SubmitResult.Refused("the submission is refused: it would run as root, which the workers of this farm never do; name the account it is to run as with --user")
                    : farm.Submit(submission, now);
                return (answer, options.Jobs.IsChecked ? farm.DoubtsAbout(answer.Ids) : []);
            },
            context.RequestAborted).ConfigureAwait(false);
        if (result.Refusal is { } refusal)
        {
            throw result.IsForbidden ? ApiRefusal.Forbidden(refusal) : ApiRefusal.Bad(refusal);
        }

        var reply = new SubmitReply { Ids = [.. result.Ids.Select(id => id.Value)], Pgrp = result.Pgrp, Repeated = result.IsRepeated, Warnings = warnings.Count + doubts.Count == 0 ? null : [.. warnings, .. doubts] };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.SubmitReply).ConfigureAwait(false);
    }

    private static bool RunsAsSubmitterOnly(Farm farm)
    {
        var connected = farm.Workers.Where(worker => worker.IsConnected).ToList();
        return connected.Count > 0 && connected.TrueForAll(worker => worker.Facts.ProxyMode == UserMode);
    }

    private async Task ListJobsAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var query = JobQuery.Read(context.Request.Query, caller);
        var ids = await loop.Ask((farm, _) => query.Select(farm), context.RequestAborted).ConfigureAwait(false);
        var views = await FeedHub.LookAsync(loop, ids, query.Parts, caller, context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new JobList { Jobs = views }, ApiJson.Default.JobList).ConfigureAwait(false);
    }

    private async Task ListHostsAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var query = HostQuery.Read(context.Request.Query);
        var hosts = await loop.Ask((farm, _) => farm.Workers.Where(query.Passes).Select(JobViews.Of).ToList(), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new HostList { Hosts = hosts }, ApiJson.Default.HostList).ConfigureAwait(false);
    }

    private async Task ReadHistoryAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var id = TargetText.Parse((string?)context.Request.RouteValues["job"]).Job;
        var after = JobQuery.Number(context.Request.Query, "after") ?? 0;

        // A query of the store waits for the disk.
        var rows = await Task.Run(() => store.Events(id.Value, after, MostEvents), context.RequestAborted).ConfigureAwait(false);
        if (rows.Count == 0 && after == 0 && await loop.Ask((farm, _) => farm.FindJob(id) is null, context.RequestAborted).ConfigureAwait(false))
        {
            throw ApiRefusal.Missing($"there is no job {id}; list the jobs there are with qbjobs --user all");
        }

        await ApiGate.WriteAsync(context, new EventList { Events = [.. rows.Select(EventEndpoints.ViewOf)] }, ApiJson.Default.EventList).ConfigureAwait(false);
    }

    private async Task ReadOutputAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var query = context.Request.Query;
        var target = TargetText.Parse((string?)context.Request.RouteValues["target"]);
        var isError = (string?)query["stream"] switch
        {
            null or "" or "out" => false,
            "err" => true,
            _ => throw ApiRefusal.Bad("the stream asked for is not known: use out or err"),
        };
        var position = JobQuery.Number(query, "pos") ?? 0;
        var follow = (string?)query["follow"] is "true" or "1";
        var (sub, item, refusal) = await loop.Ask((farm, _) => Locate(farm, target), context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null)
        {
            throw ApiRefusal.Missing(refusal);
        }

        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        context.Response.ContentType = "application/octet-stream";
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await context.Response.StartAsync(ending.Token).ConfigureAwait(false);
            await output.CopyAsync(target.Job, sub, item, isError, position, follow, context.Response.Body, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The reader sees a broken answer and asks again from where it is, when the supervisor is back.
            context.Abort();
        }
    }

    private static (int? Sub, int? Item, string? Refusal) Locate(Farm farm, Target target)
    {
        if (farm.FindJob(target.Job) is not { } job)
        {
            return (null, null, $"there is no job {target.Job}; list the jobs there are with qbjobs --user all");
        }

        if (target.Items is { } name)
        {
            return job.Agenda is { } agenda && agenda.TryIndexOf(name, out var index)
                ? (null, index, WhyGone(job, job.Items![index].StartedMs))
                : (null, null, $"job {job.Id} has no item '{TargetText.Quote(name)}'; list its items with qbjobs --long {job.Id}");
        }

        var sub = target.Sub ?? 0;
        return sub < job.InstanceList.Count ? (sub, null, WhyGone(job, job.InstanceList[sub].StartedMs)) : (null, null, $"job {job.Id} has no instance {sub}; it has 0 to {job.InstanceList.Count - 1}");
    }

    /// <summary>A sentence when what was printed by what started then is kept no more.</summary>
    private static string? WhyGone(Job job, long startedMs) => startedMs == 0 || startedMs > job.OutputGoneMs ? null
        : $"the output of job {job.Id} was removed on {DateTimeOffset.FromUnixTimeMilliseconds(job.OutputGoneMs):yyyy-MM-dd}, it is kept for a time only; qbhist {job.Id} tells why";

    private async Task FeedAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
        await feed.ServeAsync(context.Response.Body, context.RequestAborted).ConfigureAwait(false);
    }
}
