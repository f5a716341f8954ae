using System.Globalization;
using System.Text.Json;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>What callbacks cause outside the farm: mails, kept until a mail server has them; and jobs that run their programs.</summary>
public sealed partial class Farm
{
    /// <summary>Callbacks' jobs that have not ended; what comes beyond waits in the outbox.</summary>
    public const int MostCallbackJobs = 500;

    private const string OutboxKey = "outbox/";

    private readonly SortedDictionary<long, OutboxEntry> outbox = [];
    private readonly HashSet<JobId> callbackJobs = [];
    private readonly Queue<long> waitingJobs = [];
    private long lastOutbox;

    /// <summary>Mails to be sent, oldest first.</summary>
    public IEnumerable<OutboxEntry> Mails => outbox.Values.Where(entry => entry.Kind == OutboxKind.Mail);

    /// <summary>A mail left, or was given up: it is kept no longer, and history says which.</summary>
    public void MailEnded(long id, string? failure, Now now)
    {
        if (!outbox.Remove(id, out var entry))
        {
            return;
        }

        PutSetting(OutboxKey + Number(id), null);
        Told(EventComponent.Mail, entry.Job, entry.User, entry.Origin, failure is null ? $"mail sent to {To(entry)}" : $"mail to {To(entry)} given up after {entry.Attempts + 1} attempts: {failure}", now);
    }

    /// <summary>A mail could not be sent and will be tried again at <paramref name="dueMs"/>, Unix milliseconds.</summary>
    public void MailDelayed(long id, string failure, long dueMs, Now now)
    {
        if (!outbox.TryGetValue(id, out var entry))
        {
            return;
        }

        if (entry.Attempts == 0)
        {
            Told(EventComponent.Mail, entry.Job, entry.User, entry.Origin, $"mail to {To(entry)} waits: {failure}", now);
        }

        Keep(entry with { Attempts = entry.Attempts + 1, DueMs = dueMs, Failure = failure });
    }

    private static string To(OutboxEntry entry) => entry.To.Length > 0 ? entry.To : "the administrator";

    private void Mail(Callback callback, string template, string to, in Happening happening, Now now)
    {
        var job = AboutOf(callback, happening);
        var address = to.Length > 0 ? to : template == "license" || job is null ? "" : job.Spec.MailAddress.Length > 0 ? job.Spec.MailAddress : job.Spec.User;
        Post(new OutboxEntry
        {
            Id = ++lastOutbox, Kind = OutboxKind.Mail, CreatedMs = now.Unix, Job = job?.Id.Value ?? 0, Origin = callback.ToString(), User = callback.User, To = address,
            Content = template, Variables = MailVariables.Of(callback, job, happening, now), DueMs = now.Unix,
        });
    }

    private void Post(OutboxEntry entry)
    {
        turn.Mails.Add(entry);
        Keep(entry);
    }

    private void Keep(OutboxEntry entry)
    {
        outbox[entry.Id] = entry;
        PutSetting(OutboxKey + Number(entry.Id), JsonSerializer.Serialize(entry, CoreJson.Default.OutboxEntry));
    }

    private static string Number(long id) => id.ToString(CultureInfo.InvariantCulture);

    private void LoadOutbox()
    {
        foreach (var (_, text) in settings.Where(pair => pair.Key.StartsWith(OutboxKey, StringComparison.Ordinal)))
        {
            var entry = JsonSerializer.Deserialize(text, CoreJson.Default.OutboxEntry)!;
            outbox.Add(entry.Id, entry);
            lastOutbox = Math.Max(lastOutbox, entry.Id);
        }

        foreach (var entry in outbox.Values.Where(entry => entry.Kind == OutboxKind.CallbackJob))
        {
            waitingJobs.Enqueue(entry.Id);
        }

        foreach (var job in jobs.Values.Where(job => job.Spec.CallbackOf.Length > 0 && !job.Status.IsDone()))
        {
            callbackJobs.Add(job.Id);
        }
    }

    /// <summary>A program of a callback runs as a job of the callback's owner, on a worker, where the callback's own job may run.</summary>
    private void StartJob(Callback callback, in Happening happening, Now now)
    {
        var about = AboutOf(callback, happening);
        var isPython = callback.Spec.Language == CallbackLanguages.Python;
        var entry = new OutboxEntry
        {
            Id = ++lastOutbox, Kind = OutboxKind.CallbackJob, CreatedMs = now.Unix, Job = about?.Id.Value ?? 0, Origin = callback.ToString(), User = callback.User,
            Content = isPython ? CallbackProgram.Python : callback.Spec.Code, Variables = CallbackProgram.Environment(callback, about, happening),
        };
        if (callbackJobs.Count < MostCallbackJobs && waitingJobs.Count == 0)
        {
            Start(entry, now);
            return;
        }

        Keep(entry);
        waitingJobs.Enqueue(entry.Id);
    }

    private void Start(OutboxEntry entry, Now now)
    {
        var about = FindJob(new JobId(entry.Job));
        var spec = CallbackProgram.JobFor(entry, about?.Spec);
        var job = new Job(new JobId(++lastJob), spec, parsedWords) { SubmittedMs = now.Unix, IsNew = true };
        job.Pgrp = about?.Pgrp ?? job.Id.Value;
        job.Label = $"callback-{job.Id}";
        Add(job);
        callbackJobs.Add(job.Id);
        MarkDirty(job);
        Unsettle(job);
        var caller = new Caller(entry.User, entry.Origin, false);
        Record(job, -1, "", caller, $"job submitted: pending from {entry.Origin}", now);
        Told(EventComponent.Callback, entry.Job, caller.User, caller.From, $"callback runs as job {job.Id}", now);
    }

    /// <summary>A callback's job ended, or is to run again.</summary>
    private void CallbackJobChanged(Job job, Now now)
    {
        if (job.Spec.CallbackOf.Length == 0)
        {
            return;
        }

        if (!job.Status.IsDone())
        {
            callbackJobs.Add(job.Id);
            return;
        }

        callbackJobs.Remove(job.Id);
        Told(EventComponent.Callback, CallbackProgram.AboutOf(job.Spec), job.Spec.User, job.Spec.CallbackOf, $"callback: job {job.Id} {job.Status.Word()}", now);
        StartWaiting(now);
    }

    private void StartWaiting(Now now)
    {
        while (callbackJobs.Count < MostCallbackJobs && waitingJobs.TryDequeue(out var id))
        {
            if (outbox.Remove(id, out var entry))
            {
                PutSetting(OutboxKey + Number(id), null);
                Start(entry, now);
            }
        }
    }
}
