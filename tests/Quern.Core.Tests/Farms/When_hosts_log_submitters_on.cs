using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_hosts_log_submitters_on
{
    private const string Wrong = @"account 'STUDIO\ann' on host 'win1' was not logged on: the password is wrong: run 'qblogin'";
    private readonly FarmHarness farm = new();
    private readonly List<StartOrder> starts = [];

    [Fact]
    public void Should_say_badlogin_without_a_start_while_no_password_is_registered()
    {
        AddWindows("win1");
        var job = farm.Submit("1-3");
        Assert.Equal(Status.BadLogin, farm.Job(job).Status);
        Assert.Equal("account 'ann' on host 'win1' cannot be logged on: its password is not registered with the supervisor: run 'qblogin' as ann", farm.Farm.ReasonOf(farm.Job(job)));
        Assert.Empty(starts);

        Register();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Assert.Single(starts);
    }

    [Fact]
    public void Should_send_the_password_to_the_host_that_needs_it_and_keep_who_got_it()
    {
        Register();
        var windows = AddWindows("win1");
        var linux = farm.AddWorker(1, "lin1");
        linux.OnStart = (_, order) => Assert.Null(order.Credential);
        var job = farm.Submit("1-3", spec => spec with { Cpus = 2 });
        var start = Assert.Single(starts);
        Assert.Equal(("sealed-ann", "key-win1"), (start.Credential!.Sealed, start.SealingKey));
        Assert.Contains(farm.History, row => row.Job == job.Value && row.Sub == start.Run.Instance.Sub && row.Who == Caller.Farm.User
            && row.Comment == $@"password of ann opened for worker {windows.Id} (win1), to log STUDIO\ann on for {start.Run}");
        Assert.Contains(farm.History, row => row.Job == 0 && row.Who == "ann" && row.From == "desk1" && row.Comment == @"password of ann registered, for account STUDIO\ann");
        Assert.DoesNotContain(farm.History, row => row.Comment.Contains("sealed-ann", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_try_a_new_password_on_one_host_first()
    {
        Register();
        var hosts = Enumerable.Range(1, 3).Select(at => AddWindows($"win{at}")).ToList();
        farm.Submit("1-30", spec => spec with { Cpus = 3 });
        Assert.Single(starts);
        Accept(hosts);
        Assert.Equal(3, starts.Count);
        Assert.True(farm.Farm.FindCredential("ann")!.UsedMs > 0);
    }

    [Fact]
    public void Should_not_try_a_wrong_password_anywhere_until_it_is_renewed()
    {
        Register();
        var hosts = Enumerable.Range(1, 3).Select(at => AddWindows($"win{at}")).ToList();
        var job = farm.Submit("1-30", spec => spec with { Cpus = 3 });
        Refuse(hosts);
        Assert.Single(starts);
        Assert.Equal((Status.BadLogin, Wrong), (farm.Job(job).Status, farm.Farm.ReasonOf(farm.Job(job))));
        Assert.Equal(Wrong, farm.Farm.FindCredential("ann")!.Failure);
        farm.Advance(Farm.PasswordRestMs - 1000);
        Assert.Single(starts);
        farm.Restart();
        Assert.Single(starts);

        Register("sealed-new");
        Assert.Equal(["sealed-ann", "sealed-new"], starts.Select(start => start.Credential!.Sealed));
        Accept(hosts);
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Assert.Equal(4, starts.Count);
        Assert.Equal(3, farm.Job(job).InstanceList.Count(instance => instance.Phase is RunPhase.Starting or RunPhase.Live));
    }

    [Fact]
    public void Should_try_it_once_more_after_a_rest_and_tell_history_once()
    {
        Register();
        var hosts = Enumerable.Range(1, 3).Select(at => AddWindows($"win{at}")).ToList();
        farm.Submit("1-30", spec => spec with { Cpus = 3 });
        for (var round = 1; round <= 3; round++)
        {
            Refuse(hosts);
            Assert.Equal(round, starts.Count);
            farm.Advance(Farm.PasswordRestMs / 2);
            farm.Advance((Farm.PasswordRestMs / 2) + 1);
        }

        Assert.Single(farm.History, row => row.Comment == "password of ann refused: " + Wrong);
    }

    [Fact]
    public void Should_go_on_trying_when_the_host_of_a_trial_is_lost()
    {
        Register();
        var hosts = Enumerable.Range(1, 2).Select(at => AddWindows($"win{at}")).ToList();
        farm.Submit("1-30", spec => spec with { Cpus = 2 });
        hosts.Single(host => host.Runs.Count > 0).Burn();
        farm.Advance(farm.Options.WorkerLostMs + 1);
        Assert.Equal(2, starts.Count);
    }

    [Fact]
    public void Should_note_another_failure_and_leave_other_hosts_alone()
    {
        Register();
        var hosts = Enumerable.Range(1, 2).Select(at => AddWindows($"win{at}")).ToList();
        farm.Submit("1-30", spec => spec with { Cpus = 1 });
        End(hosts, RunEnd.BadLogin, "the account may not log on there as a batch job");
        Assert.Equal(2, starts.Count);
        var row = farm.Farm.FindCredential("ann")!;
        Assert.Equal((0, "the account may not log on there as a batch job"), (row.RefusedMs, row.Failure));
    }

    [Fact]
    public void Should_keep_passwords_over_a_restart_and_forget_them_when_told()
    {
        Register();
        farm.Restart();
        Assert.Equal(("sealed-ann", "ann@desk1"), (farm.Farm.FindCredential("ann")!.Sealed, farm.Farm.FindCredential("ann")!.By));
        Assert.True(farm.Farm.ForgetCredential("ann", FarmHarness.Root, farm.Now));
        farm.Settle();
        farm.Restart();
        Assert.Empty(farm.Farm.Credentials);
        Assert.False(farm.Farm.ForgetCredential("ann", FarmHarness.Root, farm.Now));
        Assert.Contains(farm.History, row => row.Who == "root" && row.Comment == "password of ann forgotten");
    }

    private void Register(string text = "sealed-ann")
    {
        farm.Farm.PutCredential("ann", @"STUDIO\ann", text, FarmHarness.Ann, farm.Now);
        farm.Settle();
    }

    /// <summary>Accounts are neither had nor refused before the test says so.</summary>
    private FakeWorker AddWindows(string name)
    {
        var worker = farm.AddWorker(1, name, "key-" + name);
        worker.OnStart = (_, order) => starts.Add(order);
        return worker;
    }

    private void Accept(List<FakeWorker> hosts) => Answer(hosts, run => run.Say(new ReadyFact(@"STUDIO\ann"), farm.Now.Unix));

    private void Refuse(List<FakeWorker> hosts) => End(hosts, RunEnd.WrongPassword, Wrong);

    private void End(List<FakeWorker> hosts, RunEnd end, string text) => Answer(hosts, run => run.EndRun(end, 0, farm.Now.Unix, text));

    private static void Answer(List<FakeWorker> hosts, Action<FakeRun> answer)
    {
        foreach (var host in hosts)
        {
            foreach (var run in host.Runs.Where(run => run.End == 0).ToList())
            {
                answer(run);
            }

            host.Report();
        }
    }
}
