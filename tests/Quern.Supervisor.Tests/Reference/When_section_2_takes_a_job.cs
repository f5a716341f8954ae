using System.Text.Json;
using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Reference;

/// <summary>What a job is that says little, and what the site makes of what it says. Source: reference, qube-jobs 2, 6.3 and 20.</summary>
public sealed class When_section_2_takes_a_job
{
    private static readonly Caller Ann = new("ann", "desk1", false);
    private static readonly Caller Root = new("root", "desk1", true);

    private static IReadOnlyList<JobSpec> Read(string job, string settings = "", Caller? caller = null) => Read(job, settings, caller, out _);

    private static IReadOnlyList<JobSpec> Read(string job, string settings, Caller? caller, out List<string> warnings)
    {
        warnings = [];
        var given = QuernSettings.Load(null, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var options = new ApiOptions { Name = "farm", Address = "127.0.0.1", Version = "1", Port = () => 0, Jobs = JobDefaults.Read(given) };
        var request = JobKeys.Settle(JsonSerializer.Deserialize(job, ApiJson.Default.JobRequest)!);
        return new JobReading(request, "job 1", caller ?? Ann, options, warnings).Read();
    }

    /// <summary>The column "default": as a job type finds the attributes of a job that has nothing but its command.</summary>
    [Theory]
    [InlineData("name", "\"\"")]
    [InlineData("prototype", "\"cmdline\"")]
    [InlineData("cpus", "1")]
    [InlineData("max_cpus", "-1")]
    [InlineData("priority", "9999")]
    [InlineData("cluster", "\"/\"")]
    [InlineData("restrictions", "\"\"")]
    [InlineData("requirements", "\"\"")]
    [InlineData("reservations", "\"host.processors=1\"")]
    [InlineData("hosts", "\"\"")]
    [InlineData("omithosts", "\"\"")]
    [InlineData("groups", "\"\"")]
    [InlineData("omitgroups", "\"\"")]
    [InlineData("hostorder", "\"\"")]
    [InlineData("flags", "0")]
    [InlineData("dependency", "\"\"")]
    [InlineData("label", "\"qube0\"")]
    [InlineData("pgrp", "1")]
    [InlineData("pid", "1")]
    [InlineData("kind", "\"\"")]
    [InlineData("account", "\"\"")]
    [InlineData("notes", "\"\"")]
    [InlineData("domain", "\".\"")]
    [InlineData("umask", "0")]
    [InlineData("mailaddress", "\"\"")]
    [InlineData("retrysubjob", "-1")]
    [InlineData("retrywork", "-1")]
    [InlineData("retrywork_delay", "0")]
    [InlineData("timeout", "-1")]
    [InlineData("agenda_timeout", "-1")]
    [InlineData("agendatimeout", "-1")]
    [InlineData("preflights", "\"\"")]
    [InlineData("postflights", "\"\"")]
    [InlineData("agenda_preflights", "\"\"")]
    [InlineData("agenda_postflights", "\"\"")]
    [InlineData("prod_show", "\"\"")]
    [InlineData("prod_shot", "\"\"")]
    [InlineData("prod_seq", "\"\"")]
    [InlineData("prod_client", "\"\"")]
    [InlineData("prod_dept", "\"\"")]
    [InlineData("prod_custom1", "\"\"")]
    [InlineData("prod_custom5", "\"\"")]
    public async Task Should_have_the_documented_default(string attribute, string value)
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"}}""");
        var text = await farm.Loop.Ask((core, _) => JobText.Of(core.FindJob(new Core.JobId(id))!), default);
        Assert.Equal(value, JsonElement.Parse(text).GetProperty(attribute).GetRawText());
    }

    /// <summary>2.4: what was really given to an instance of a growing reservation.</summary>
    [Fact]
    public async Task Should_show_what_an_instance_was_given()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"},"reservations":"host.processors=1+"}""");
        Assert.Null((await TestFarm.JobsAsync(farm.Local, $"?id={id}&subjobs=true"))[0].Subjobs![0].Allocations);
        await farm.ConnectWorkerAsync(1, "proxy", slots: 6);
        var instance = (await TestFarm.JobsAsync(farm.Local, $"?id={id}&subjobs=true"))[0].Subjobs![0];
        Assert.Equal(("host.processors=6", 6), (instance.Allocations, instance.Slots));
    }

    /// <summary>2.3: the job's OR the site's, unless no_defaults.</summary>
    [Theory]
    [InlineData("\"mail\"", "", "auto_mount,mail")]
    [InlineData("1024", "", "auto_mount,mail")]
    [InlineData("\"1024\"", "", "auto_mount,mail")]
    [InlineData("[\"mail\",\"grid\"]", "supervisor_job_flags=auto_mount,auto_wrangling", "grid,auto_mount,mail,auto_wrangling")]
    [InlineData("\"mail,no_defaults\"", "", "mail,no_defaults")]
    [InlineData("\"\"", "", "auto_mount")]
    [InlineData("\"\"", "supervisor_job_flags=", "")]
    public void Should_have_the_flags_of_the_site_as_well(string flags, string settings, string expected)
        => Assert.Equal(expected, string.Join(',', Read($$"""{"package":{"cmdline":"true"},"flags":{{flags}}}""", settings)[0].Flags));

    [Theory]
    [InlineData(1, "", false, 1)]
    [InlineData(9999, "", false, 9999)]
    [InlineData(null, "supervisor_default_priority=500", false, 500)]
    [InlineData(9999, "supervisor_max_priority=5000", false, 5000)]
    [InlineData(1, "supervisor_highest_user_priority=100", false, 100)]
    [InlineData(1, "supervisor_highest_user_priority=100", true, 1)]
    public void Should_have_a_priority_that_the_site_allows(int? asked, string settings, bool isAdministrator, int priority)
    {
        var job = Assert.Single(Read($$"""{"package":{"cmdline":"true"},"priority":"{{asked}}"}""", settings, isAdministrator ? Root : Ann, out var warnings));
        Assert.Equal((priority, asked is { } number && number != priority), (job.Priority, warnings.Count == 1));
    }

    /// <summary>6.3: two jobs of one submission; the poster's priority and instances, what the site says of them, and items that the range has not.</summary>
    [Theory]
    [InlineData("\"flags\":\"p_agenda\"", "", "1,20,10", 17, 1, 3)]
    [InlineData("\"p_agenda\":\"3,5\"", "", "3,5", 18, 1, 2)]
    [InlineData("\"p_agenda\":\"0,50\"", "", "0,50", 20, 1, 2)]
    [InlineData("\"p_agenda\":\"3,5\",\"p_agenda_priority\":7,\"p_agenda_cpus\":1", "", "3,5", 18, 7, 1)]
    [InlineData("\"p_agenda\":\"3,5\",\"p_agenda_priority\":-1,\"p_agenda_cpus\":-1", "supervisor_default_p_agenda_priority=42", "3,5", 18, 42, 2)]
    [InlineData("\"p_agenda\":\"1-9\"", "supervisor_p_agenda_max=2", "1,2", 18, 1, 2)]
    public void Should_become_two_with_poster_frames(string more, string settings, string posters, int left, int priority, int cpus)
    {
        var jobs = Read($$"""{"package":{"cmdline":"true"},"range":"1-20",{{more}}}""", settings);
        Assert.Equal(2, jobs.Count);
        var (main, poster) = (Core.Agendas.Agenda.Load(jobs[0].Agenda), Core.Agendas.Agenda.Load(jobs[1].Agenda));
        Assert.Equal(posters.Split(','), Enumerable.Range(0, poster.Count).Select(at => poster[at].Name));
        Assert.Equal((left, priority, cpus), (main.Count, jobs[1].Priority, jobs[1].Cpus));
    }

    [Theory]
    [InlineData("\"waitfor\":529", "link-done-job-529")]
    [InlineData("\"waitfor\":\"529\",\"dependency\":\"900\"", "900,link-done-job-529")]
    [InlineData("\"waitfor\":0", "")]
    public void Should_wait_for_a_job_as_its_dependency_says(string more, string dependency)
        => Assert.Equal(dependency, Read($$"""{"package":{"cmdline":"true"},{{more}}}""")[0].Dependency);

    /// <summary>Other spellings of one attribute, of which real scripts use all.</summary>
    [Theory]
    [InlineData("\"agendatimeout\":30")]
    [InlineData("\"agenda_timeout\":30")]
    [InlineData("\"agenda_timeout\":\"30\"")]
    public void Should_take_either_name_of_the_agenda_timeout(string more) => Assert.Equal(30, Read($$"""{"package":{"cmdline":"true"},{{more}}}""")[0].ItemTimeoutSeconds);

    [Theory]
    [InlineData("\"mail_address\":\"ann@x\"")]
    [InlineData("\"mailaddress\":\"ann@x\"")]
    public void Should_take_either_name_of_the_mail_address(string more) => Assert.Equal("ann@x", Read($$"""{"package":{"cmdline":"true"},{{more}}}""")[0].MailAddress);

    /// <summary>The processors of the command line are a reservation; a licence without a number is one.</summary>
    [Theory]
    [InlineData("\"processors\":4", "host.processors=4")]
    [InlineData("\"reservations\":\"license.maya\"", "host.processors=1,license.maya=1")]
    [InlineData("\"processors\":2,\"reservations\":\"license.maya\"", "host.processors=2,license.maya=1")]
    public void Should_reserve_that(string more, string reservations) => Assert.Equal(reservations, Read($$"""{"package":{"cmdline":"true"},{{more}}}""")[0].Reservations);

    /// <summary>Its values may be anything, and so may keys that nobody knows.</summary>
    [Fact]
    public void Should_keep_unknown_keys()
        => Assert.Equal("""{"renderpath":"/p","project":{"id":7}}""", Read("""{"package":{"cmdline":"true"},"renderpath":"/p","project":{"id":7}}""")[0].Other);
}
