using Quern.Core.Farms;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Workers;

public sealed class When_words_are_said_of_a_host
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_let_jobs_ask_for_it()
    {
        var worker = farm.AddWorker(2);
        var reserving = farm.Submit("1", spec => spec with { Reservations = "host.processors=1,host.scratch=30" });
        var requiring = farm.Submit("1", spec => spec with { Requirements = "host.room = b2" });
        Assert.False(worker.Has(reserving) || worker.Has(requiring));

        Say(worker, "host.scratch=40/100,room=b2");
        Assert.True(worker.Has(reserving) && worker.Has(requiring));
        Assert.Equal((70, 100), (Worker(worker).UsedOf("scratch"), Worker(worker).Facts.Resources["scratch"]));
    }

    [Fact]
    public void Should_count_what_others_use_and_what_the_farm_holds_once()
    {
        var worker = farm.AddWorker(4);
        Say(worker, "scratch=40/100");
        var job = farm.Submit("1-9", spec => spec with { Cpus = 4, Reservations = "host.processors=1,host.scratch=30" });
        Assert.Equal((2, 100), (Placed(job), Worker(worker).UsedOf("scratch")));

        Say(worker, "scratch=0/200");
        Assert.Equal((4, 120), (Placed(job), Worker(worker).UsedOf("scratch")));
    }

    [Fact]
    public void Should_stand_over_what_the_host_says_itself_until_it_is_taken_back()
    {
        var worker = farm.AddWorker(1, change: facts => facts with { Properties = new Dictionary<string, string> { ["room"] = "a1" }, Resources = new Dictionary<string, int> { ["gpu"] = 1 } });
        Say(worker, "room=b2,gpu=0/4,extra=yes");
        farm.Restart();
        Assert.Equal(("b2", 4, "yes"), (Worker(worker).Facts.Properties["room"], Worker(worker).Facts.Resources["gpu"], Worker(worker).Facts.Properties["extra"]));

        Assert.Null(farm.Farm.ChangeHostWords(worker.Id, HostWordsChange.Parse("", "host.room,gpu,extra", out _)!, FarmHarness.Root, farm.Now));
        farm.Settle();
        farm.Restart();
        Assert.Equal(("a1", 1, false), (Worker(worker).Facts.Properties["room"], Worker(worker).Facts.Resources["gpu"], Worker(worker).Facts.Properties.ContainsKey("extra")));
        Assert.Contains(farm.History, row => row is { Comment: "host w1: said of it: room taken back, gpu taken back, extra taken back", Who: "root" });
    }

    [Theory]
    [InlineData("scratch", "", "'scratch' says nothing: write host.NAME=USED/TOTAL for a resource, host.NAME=VALUE for a property")]
    [InlineData("host.processors=4", "", "host.processors is what the host says itself: set it in the host's own settings, or in qbwrk.conf")]
    [InlineData("host.os=irix", "", "host.os is what the host says itself: set it in the host's own settings, or in qbwrk.conf")]
    [InlineData("7up=1", "", "'7up' is no name: letters, digits, dots, dashes and underscores, a letter first")]
    [InlineData("x.used=1", "", "'x.used' is no name: letters, digits, dots, dashes and underscores, a letter first")]
    [InlineData("", "", "nothing is said and nothing taken back")]
    [InlineData("", "a b", "'a b' is no name: letters, digits, dots, dashes and underscores, a letter first")]
    public void Should_refuse_what_makes_no_sense(string set, string taken, string sentence)
    {
        Assert.Null(HostWordsChange.Parse(set, taken, out var refusal));
        Assert.Equal(sentence, refusal);
    }

    [Fact]
    public void Should_tell_resources_from_properties_by_their_values()
    {
        var change = HostWordsChange.Parse("host.a=4/20, B=7,c=4/x,d=-1,e=", "", out _)!;
        Assert.Equal(("a=4/20,b=0/7", "c=4/x,d=-1,e="), (string.Join(',', change.Resources.Select(pair => $"{pair.Key}={pair.Value.Used}/{pair.Value.Total}")), string.Join(',', change.Properties.Select(pair => $"{pair.Key}={pair.Value}"))));
    }

    private Worker Worker(FakeWorker worker) => farm.Farm.FindWorker(worker.Id)!;

    private int Placed(JobId job) => farm.Job(job).InstanceList.Count(instance => instance.IsPlaced);

    private void Say(FakeWorker worker, string words)
    {
        Assert.Null(farm.Farm.ChangeHostWords(worker.Id, HostWordsChange.Parse(words, "", out _)!, FarmHarness.Root, farm.Now));
        farm.Settle();
    }
}
