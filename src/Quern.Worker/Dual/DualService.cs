using Quern.Configuration;
using Quern.Execution.Accounts;
using Quern.Execution.Hosts;
using Quern.Worker.Core;
using Quern.Worker.Local;

namespace Quern.Worker.Dual;

/// <summary>A service worker's part in dual mode, put together: whom it lends to, where they ask, and who says when they come and go.</summary>
internal sealed class DualService
{
    private readonly string _person;
    private readonly uint _uid;
    private readonly WorkerLog _log;

    private DualService(string person, uint uid, HostLender lender, WorkerLog log)
    {
        (_person, _uid, _log, Lender) = (person, uid, log, lender);
        Door = new LoanDoor(lender, person, uid, WorkerProgram.Version);
    }

    public HostLender Lender { get; }

    public LoanDoor Door { get; }

    /// <summary>Null: the machine is not in dual mode, or the person it names is nobody here, which is logged.</summary>
    public static DualService? Create(MachineMode? mode, WorkerPlace place, FarmMember member, WorkerLoop loop, WorkerLog log, TimeProvider clock)
    {
        if (mode is not { Kind: MachineModeKind.Dual, Person: { } person })
        {
            return null;
        }

        if (AccountNames.Find(person) is not { Uid: > 0 } account)
        {
            log.Error($"{MachineMode.PathIn(place.State)} says 'dual {person}', and there is no such person here: the service keeps the host; name who logs in with 'quern worker mode dual --user NAME'");
            return null;
        }

        var lent = new LentPlace(member.Name, member.Id, member.Identity().Authority.ExportCertificatePem(), () => member.Supervisor().ToString());
        var office = new LoanOffice(lent, LoanOffice.Over(new SupervisorDialer(member.Supervisor, member.Identity).OpenAsync), log);
        var lender = new HostLender(person, loop, office, () => place.Settings.Values.Text("worker_dual_items") == "move" ? YieldKind.Move : YieldKind.Finish, log, clock);
        return new DualService(person, account.Uid, lender, log);
    }

    public Task RunAsync(CancellationToken stoppingToken)
    {
        _log.Info($"dual mode: the host is lent to the desktop worker of {_person} while they are logged in");
        LoginSessions.Watch(_uid, Lender.SessionChanged, _log.Warn);
        return Lender.RunAsync(stoppingToken);
    }
}
