using Quern.Execution.Accounts;
using Quern.Protocol.Api;
using Quern.Worker.Core;
using Quern.Worker.Local;

namespace Quern.Worker;

/// <summary>The worker as its local socket shows it: questions and orders that the loop answers between its turns.</summary>
/// <param name="dual">Who has the host; null where the machine is not in dual mode.</param>
internal sealed class LocalWorker(WorkerLoop loop, WorkerFacts facts, Func<string> supervisor, Func<DualView?> dual) : ILocalWorker
{
    public Task<WorkerStatusReply> StatusAsync(CancellationToken token) => loop.AskAsync(Status, token);

    public Task<WorkerStatusReply> StopAsync(bool kill, CancellationToken token) => loop.StopAsync(kill ? StopKind.Kill : StopKind.Drain, Status, token);

    public async Task<WorkerEnvironmentReply> EnvironmentAsync(WorkerEnvironmentRequest request, CancellationToken token)
    {
        var start = EnvironmentAnswer.Order(request);
        var (settings, held) = await loop.AskAsync(core => (core.Settings, core.Held.ToList()), token).ConfigureAwait(false);
        if (LaunchPlan.Problem(start, settings) is { } problem)
        {
            throw new BadRequestException(400, problem);
        }

        // A name service may take its time; the loop does not wait for it.
        var launch = LaunchPlan.Build(start, facts, settings, held);
        var account = await Task.Run(() => RunHosts.Find(launch, settings), token).ConfigureAwait(false);
        return account switch
        {
            AccountGranted granted => EnvironmentAnswer.Of(launch, granted.Account, facts.Name),
            AccountRefused refused => throw new BadRequestException(400, refused.Text),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private WorkerStatusReply Status(WorkerCore core) => new()
    {
        Name = facts.Name,
        Pid = Environment.ProcessId,
        Version = facts.Version,
        Mode = facts.Mode == WorkerMode.Desktop ? "desktop" : "service",
        ProxyMode = LaunchPlan.ProxyMode(facts, core.Settings),
        Account = facts.Mode == WorkerMode.Desktop ? facts.Owner : core.Settings.ProxyAccount,
        Supervisor = supervisor(),
        Connected = core.IsServing,
        WorkerId = core.WorkerId,
        SlotsUsed = core.Held.Where(run => run.OccupiesSlots).Sum(run => run.Slots),
        SlotsTotal = core.Settings.Slots(facts.Cores),
        Draining = core.IsDraining,
        IdleMinutes = core.IdleMinutes,
        Running = [.. core.Held.Where(run => !run.IsEnded).Select(run => run.Key.ToString())],
        Dual = dual(),
        Delivering = [.. core.Held.Where(run => run.IsEnded).Select(run => run.Key.ToString())],
    };
}
