using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Actions;

/// <summary>A farm with one job of four items, brought into a state by what would bring it there, on a host that then takes nothing new.</summary>
internal sealed class ActedOn
{
    private ActedOn(string range, Action<FakeWorker>? prepare = null)
    {
        Worker = Farm.AddWorker(1);
        prepare?.Invoke(Worker);
        Job = Farm.Submit(range);
    }

    public FarmHarness Farm { get; } = new();
    public FakeWorker Worker { get; }
    public JobId Job { get; }
    public Instance Instance => Farm.Job(Job).InstanceList[0];
    public Item Item => Farm.Job(Job).Items![0];
    public bool IsThere => Farm.Farm.FindJob(Job) is not null;

    /// <summary>The instance, and with it the job, is in that state.</summary>
    public static ActedOn InState(Status status, bool hasAgenda = true)
    {
        var made = new ActedOn(hasAgenda ? "1-4" : "", status switch
        {
            Status.Pending or Status.Blocked => worker => worker.Connect(isDraining: true),
            Status.BadLogin => worker => worker.OnStart = (run, _) => run.EndRun(RunEnd.BadLogin, 0, worker.Now.Unix, "no such account"),
            _ => null,
        });
        switch (status)
        {
            case Status.Blocked:
                made.Farm.Act(Verb.Block, $"{made.Job}");
                break;
            case Status.BadLogin:
                made.Worker.Report();
                made.Worker.OnStart = null;
                break;
            case Status.Running:
                made.Worker.Step();
                break;
            case Status.Suspended:
                made.Worker.Step();
                made.Farm.Act(Verb.Suspend, $"{made.Job}");
                made.Worker.Report();
                break;
            case Status.Killed:
                made.Farm.Act(Verb.Kill, $"{made.Job}");
                made.Worker.Report();
                break;
            case Status.Complete or Status.Failed:
                for (var step = 0; step < 20; step++)
                {
                    made.Worker.Step(status == Status.Failed ? 1 : 0);
                }

                break;
        }

        Assert.Equal(status, made.Farm.Job(made.Job).Status);
        return made.TakeNothing();
    }

    /// <summary>Item 1 is in that state.</summary>
    public static ActedOn ItemInState(ItemState state)
    {
        var made = InState(state switch
        {
            ItemState.Pending or ItemState.Blocked => Status.Pending,
            ItemState.Complete => Status.Complete,
            ItemState.Failed => Status.Failed,
            ItemState.Killed => Status.Killed,
            _ => Status.Running,
        });
        if (state == ItemState.Blocked)
        {
            made.Farm.Act(Verb.Block, $"{made.Job}:1");
        }
        else if (state == ItemState.Leased)
        {
            made = new ActedOn("1-4").TakeNothing();
        }

        Assert.Equal(state, made.Item.State);
        return made;
    }

    /// <summary>Everything under way comes to its end; nothing new starts.</summary>
    public void LetRunsEnd()
    {
        for (var step = 0; step < 6 && Worker.Runs.Any(run => !run.IsEnded); step++)
        {
            Worker.Step();
        }

        Worker.Report();
        Farm.Restart();
    }

    private ActedOn TakeNothing()
    {
        Worker.Vitals = WorkerVitals.Unknown with { Troubles = ["its disk is full"] };
        Farm.Farm.Heartbeat(Worker.Id, Worker.Vitals, Farm.Now);
        Farm.Settle();
        Farm.Orders.Clear();
        return this;
    }
}
