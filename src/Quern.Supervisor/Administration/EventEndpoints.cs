using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Protocol.Api;
using Quern.Store;
using Quern.Supervisor.Api;

namespace Quern.Supervisor.Administration;

/// <summary>History and audit of the whole farm: what happened, who did it, from where. What concerns users and the farm itself is for administrators and for who did it.</summary>
internal sealed class EventEndpoints(IFarmStore store)
{
    private const int DefaultEvents = 1000;
    private const int MostEvents = 10_000;
    private const EventComponent OfJobs = EventComponent.Job | EventComponent.Subjob | EventComponent.Work | EventComponent.Callback | EventComponent.Mail;

    /// <summary>GET: <c>user</c>, <c>job</c>, <c>host</c>, <c>since</c> and <c>until</c> (Unix ms), <c>component</c> (several with commas), <c>after</c>, <c>limit</c>.</summary>
    public async Task FindAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var values = context.Request.Query;
        var user = Text(values, "user");
        var components = ComponentsOf(Text(values, "component"));
        if (!caller.IsAdministrator && user != caller.User)
        {
            components = components == EventComponent.All ? OfJobs : components;
            if ((components & ~OfJobs) != 0)
            {
                throw ApiRefusal.Forbidden($"the history of users and of the farm is refused: {caller.User} is no administrator; ask for user={caller.User} to see your own, or ask an administrator");
            }
        }

        var query = new EventQuery(JobQuery.Number(values, "after") ?? 0)
        {
            User = user, Host = Text(values, "host"), Job = JobQuery.Number(values, "job"), Components = components,
            SinceMs = JobQuery.Number(values, "since") ?? 0, UntilMs = JobQuery.Number(values, "until") ?? long.MaxValue,
        };
        var limit = (int)Math.Clamp(JobQuery.Number(values, "limit") ?? DefaultEvents, 1, MostEvents);

        // A query of the store waits for the disk.
        var page = await Task.Run(() => store.Find(query, limit), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new EventPageReply { Events = [.. page.Events.Select(ViewOf)], Next = page.Next }, ApiJson.Default.EventPageReply).ConfigureAwait(false);
    }

    public static EventView ViewOf(EventRow row) => new()
    {
        Sequence = row.Sequence, Time = row.UnixMs, Job = row.Job, Sub = row.Sub, Work = row.Items, Who = row.Who, From = row.From, Comment = row.Comment,
        Component = EventComponents.Of(row).ToString().ToLowerInvariant(),
    };

    private static EventComponent ComponentsOf(string? text)
    {
        if (text is null)
        {
            return EventComponent.All;
        }

        var found = EventComponent.None;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            found |= Enum.TryParse<EventComponent>(word, ignoreCase: true, out var one) && one is > EventComponent.None and < EventComponent.All && !char.IsDigit(word[0])
                ? one
                : throw ApiRefusal.Bad($"the history asked for is refused: there is no component '{TargetText.Quote(word)}'; use job, subjob, work, callback, user, admin or mail");
        }

        return found;
    }

    private static string? Text(IQueryCollection values, string key) => (string?)values[key] is { Length: > 0 } text ? text : null;
}
