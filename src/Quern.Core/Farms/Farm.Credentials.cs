using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Passwords of users, for hosts that log submitters on by them. They stay sealed here. Because a wrong password tried on many hosts locks an account, a
/// password that no host has accepted yet is tried by one run at a time, and one that a host called wrong rests.
/// </summary>
public sealed partial class Farm
{
    /// <summary>How long a password that a host called wrong is not tried again.</summary>
    public const long PasswordRestMs = 5 * 60_000;

    /// <summary>A use is noted again after so long; each note is a row.</summary>
    private const long UseNotedMs = 60_000;

    /// <summary>The run that last got the password; whether it still tries is read from the run.</summary>
    private readonly Dictionary<string, RunId> trials = [];

    public IReadOnlyCollection<CredentialRow> Credentials => credentials.Values;

    public CredentialRow? FindCredential(string user) => credentials.GetValueOrDefault(user);

    /// <summary>Keeps a password in place of an earlier one. What hosts refused for want of it is tried again at once.</summary>
    public void PutCredential(string user, string account, string sealedPassword, Caller caller, Now now)
    {
        Keep(new CredentialRow(user, sealedPassword, account, now.Unix, $"{caller.User}@{caller.From}"));
        RecordCredential(caller, $"password of {user} registered, for account {account}", now);
        foreach (var job in jobs.Values.Where(job => job.Spec.User == user && job.Refusals.Count > 0))
        {
            foreach (var worker in workers.Values.Where(worker => worker.Facts.NeedsCredentials))
            {
                EndRefusal(job, worker.Id);
            }
        }

        index.WakeAll();
    }

    /// <summary>False when there was none.</summary>
    public bool ForgetCredential(string user, Caller caller, Now now)
    {
        if (!credentials.TryGetValue(user, out var row))
        {
            return false;
        }

        credentials.Remove(user);
        turn.Rows.Credentials.Add(row with { Sealed = null });
        RecordCredential(caller, $"password of {user} forgotten", now);
        return true;
    }

    /// <summary>A password that is no user's was opened for a worker, by the farm's own need: a proxy_password.</summary>
    public void RecordOpening(string what, WorkerId worker, Now now)
        => Note(EventComponent.User, Caller.Farm, $"{what} opened for worker {worker} ({FindWorker(worker)?.Name})", now);

    private void SendStart(Worker worker, Instance instance, IReadOnlyList<ItemGrant> items, Now now)
    {
        if (!worker.Facts.NeedsCredentials || !worker.IsConnected || FindCredential(instance.Job.Spec.User) is not { } credential)
        {
            Send(worker, new StartOrder(instance.RunId, instance.Job, items) { Slots = instance.Slots, Allocations = instance.Allocations });
            return;
        }

        trials[credential.User] = instance.RunId;
        Record(instance.Job, instance.Sub, "", Caller.Farm, $"password of {credential.User} opened for worker {worker.Id} ({worker.Name}), to log {credential.Account} on for {instance.RunId}", now);
        Send(worker, new StartOrder(instance.RunId, instance.Job, items, credential) { SealingKey = worker.Facts.SealingKey, Slots = instance.Slots, Allocations = instance.Allocations });
    }

    private string? WhyNoLogon(string user, Worker worker, Now now) => FindCredential(user) switch
    {
        null => $"account '{user}' on host '{worker.Name}' cannot be logged on: its password is not registered with the supervisor: run 'qblogin' as {user}",
        { RefusedMs: > 0 } refused when now.Unix < refused.RefusedMs + PasswordRestMs => refused.Failure,
        _ => null,
    };

    private static bool IsProven(CredentialRow row) => row.UsedMs >= row.CreatedMs && row.RefusedMs == 0;

    private bool IsBeingTried(string user)
        => trials.TryGetValue(user, out var run) && InstanceOf(run) is { Phase: RunPhase.Starting } instance && instance.RunId == run;

    /// <summary>A run has its account on a host that needed the password.</summary>
    private void LoggedOn(Instance instance, Now now)
    {
        if (CredentialOf(instance) is { } row && (!IsProven(row) || now.Unix - row.UsedMs >= UseNotedMs))
        {
            Keep(row with { UsedMs = now.Unix, RefusedMs = 0 });
            index.WakeAll();
        }
    }

    private void NotLoggedOn(Instance instance, RunEndedFact ended, Now now)
    {
        if (CredentialOf(instance) is not { } row)
        {
            return;
        }

        var isWrong = ended.End == RunEnd.WrongPassword;
        if (isWrong && row.RefusedMs == 0)
        {
            RecordCredential(Caller.Farm, $"password of {row.User} refused: {ended.Text}", now);
        }

        Keep(row with { FailedMs = now.Unix, Failure = ended.Text, RefusedMs = isWrong ? now.Unix : row.RefusedMs });
    }

    /// <summary>The registered password, when it is the one that the run was given.</summary>
    private CredentialRow? CredentialOf(Instance instance)
        => instance.Worker!.Facts.NeedsCredentials && FindCredential(instance.Job.Spec.User) is { } row && instance.StartedMs >= row.CreatedMs ? row : null;

    private void Keep(CredentialRow row)
    {
        credentials[row.User] = row;
        turn.Rows.Credentials.Add(row);
    }

    private void RecordCredential(Caller caller, string comment, Now now) => Note(EventComponent.User, caller, comment, now);
}
