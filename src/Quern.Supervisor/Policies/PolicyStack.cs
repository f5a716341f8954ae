using System.Runtime.CompilerServices;
using Quern.Core.Dispatch;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Policies;

namespace Quern.Supervisor.Policies;

/// <summary>
/// A site's policies in the order in which they are asked: for each question the first that answers it. One that throws is not asked that question again, and the fault is said
/// once. Not thread-safe; the supervisor's loop owns it.
/// </summary>
internal sealed class PolicyStack : IDispatchPolicy
{
    private const int LongestReason = 300;

    private readonly ConditionalWeakTable<Job, JobOfPolicy> jobs = [];
    private readonly ConditionalWeakTable<Worker, HostOfPolicy> hosts = [];
    private readonly List<string> faults = [];
    private QueuePolicy? jobOrder;
    private QueuePolicy? hostOrder;
    private QueuePolicy? rejection;
    private QueuePolicy? preemption;

    public PolicyStack(IReadOnlyList<QueuePolicy> policies)
    {
        jobOrder = FirstWith(policies, nameof(QueuePolicy.CompareJobs));
        hostOrder = FirstWith(policies, nameof(QueuePolicy.CompareHosts));
        rejection = FirstWith(policies, nameof(QueuePolicy.WhyNot));
        preemption = FirstWith(policies, nameof(QueuePolicy.Preempt));
    }

    public bool ComparesJobs => jobOrder is not null;

    public bool ComparesHosts => hostOrder is not null;

    public int CompareJobs(Job a, Job b, Worker host) => Ask(ref jobOrder, nameof(QueuePolicy.CompareJobs), policy => policy.CompareJobs(Of(a), Of(b), Of(host)), 0);

    public int CompareHosts(Worker a, Worker b, Job job) => Ask(ref hostOrder, nameof(QueuePolicy.CompareHosts), policy => policy.CompareHosts(Of(a), Of(b), Of(job)), 0);

    public string? WhyNot(Job job, Worker host)
        => Ask(ref rejection, nameof(QueuePolicy.WhyNot), policy => policy.WhyNot(Of(job), Of(host)), null) is { } reason ? Clean(reason) : null;

    public PolicyPreemption Preempt(Job running, Job candidate, Worker host)
        => Ask(ref preemption, nameof(QueuePolicy.Preempt), policy => policy.Preempt(Of(running), Of(candidate), Of(host)), Preemption.Default) switch
        {
            Preemption.None => PolicyPreemption.None,
            Preemption.Aggressive => PolicyPreemption.Aggressive,
            _ => PolicyPreemption.Passive,
        };

    public IReadOnlyList<string> TakeFaults()
    {
        if (faults.Count == 0)
        {
            return [];
        }

        var taken = faults.ToArray();
        faults.Clear();
        return taken;
    }

    private static QueuePolicy? FirstWith(IReadOnlyList<QueuePolicy> policies, string method)
        => policies.FirstOrDefault(policy => policy.GetType().GetMethod(method)!.DeclaringType != typeof(QueuePolicy));

    private T Ask<T>(ref QueuePolicy? policy, string what, Func<QueuePolicy, T> question, T otherwise)
    {
        if (policy is not { } asked)
        {
            return otherwise;
        }

        try
        {
            return question(asked);
        }
        catch (Exception failure)
        {
            // A site's mistake stops nobody: from here on it is as if the method were not there.
            policy = null;
            faults.Add($"the policy {asked.GetType().FullName} is not asked for {what} any more: {Clean(failure.Message)}; mend it and read the supervisor's settings again");
            return otherwise;
        }
    }

    private JobOfPolicy Of(Job job) => jobs.GetValue(job, static made => new JobOfPolicy(made));

    private HostOfPolicy Of(Worker worker) => hosts.GetValue(worker, static made => new HostOfPolicy(made));

    private static string Clean(string text) => string.Concat(text.Take(LongestReason).Select(letter => char.IsControl(letter) ? ' ' : letter));
}
