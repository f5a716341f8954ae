using Quern.Core.Dispatch;

namespace Quern.Core.Farms;

/// <summary>Why something waits, and what would let it run.</summary>
/// <param name="Subject">A job, instance or item; <c>new job</c> for one that was not submitted.</param>
/// <param name="IsWaiting">False: it runs or is over, and <paramref name="Reason"/> says so.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Remedy">What would change it; empty = nothing needs to.</param>
/// <param name="Hosts">What keeps it from hosts, those reasons first by which most hosts are kept; empty where no host is asked for yet.</param>
/// <param name="JobsBefore">Jobs in line that go before it on a host it could use; -1 = it is not in line.</param>
/// <param name="EtaMs">When the job should be over, Unix ms; 0 = no estimate.</param>
public sealed record WhyReport(string Subject, bool IsWaiting, string Reason, string Remedy, IReadOnlyList<WhyHosts> Hosts, int JobsBefore, long EtaMs);

/// <param name="Count">How many hosts.</param>
/// <param name="Reason">One sentence about them; where they differ, about the first.</param>
/// <param name="Examples">Names of some.</param>
public sealed record WhyHosts(Fit Fit, int Count, string Reason, string Remedy, IReadOnlyList<string> Examples);
