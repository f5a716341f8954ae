namespace Quern.Core.Tests.Farms;

public sealed class When_no_host_fits_a_new_job
{
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData("hosts", "render-99,host1", "wants hosts that nobody knows: render-99")]
    [InlineData("requirements", "host.os == 'plan9'", "no host meets its requirements now: host.os == 'plan9'")]
    [InlineData("reservations", "host.processors=64", "an instance takes 64 slots, and no host has more than 4")]
    [InlineData("reservations", "host.gpus=1", "no host has host.gpus=1")]
    [InlineData("prototype", "maja", "no host has job type 'maja', did you mean 'maya'?; install it in a folder of worker_template_path")]
    public void Should_be_said_and_accepted(string attribute, string value, string doubt)
    {
        farm.AddWorker(4, "host1", change: facts => facts with { JobTypes = "cmdline,cmdrange,maya" });
        var id = farm.Submit("1-3", spec => attribute switch
        {
            "hosts" => spec with { Hosts = value },
            "prototype" => spec with { Prototype = value },
            "requirements" => spec with { Requirements = value },
            _ => spec with { Reservations = value },
        });

        Assert.Contains(doubt, Assert.Single(farm.Farm.DoubtsAbout([id])));
    }

    [Fact]
    public void Should_say_nothing_of_a_job_that_fits()
    {
        farm.AddWorker(4, "host1");

        Assert.Empty(farm.Farm.DoubtsAbout([farm.Submit("1-3", spec => spec with { Hosts = "HOST1", Requirements = "host.name == host1", Reservations = "host.processors=4" })]));
    }

    [Fact]
    public void Should_say_nothing_before_any_host_has_joined() => Assert.Empty(farm.Farm.DoubtsAbout([farm.Submit("1-3", spec => spec with { Hosts = "render-99" })]));
}
