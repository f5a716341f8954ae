using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_jobs_are_modified
{
    [Fact]
    public async Task Should_take_every_attribute_in_the_forms_of_a_submission()
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"},"range":"1-9","requirements":"host.os=linux","env":{"A":"1"},"prod_show":"x"}""");
        var reply = await ModifyAsync(farm, id, """
            {"name":"n","priority":"7","cpus":3,"max_cpus":"*","cluster":"/a","restrictions":"/a/+","requirements":"","reservations":"host.processors=2","hosts":["h","i"],"omithosts":"j","groups":"g","omit_groups":"k",
             "hostorder":"-host.cpus","timeout":60,"agendatimeout":30,"timelimit":5,"agenda_timelimit":6,"retrysubjob":1,"retrywork":2,"retrywork_delay":3,"mail_address":"ann@x","notes":"a\nb","kind":"k","account":"acc",
             "preflights":"/p","postflights":"/q","agenda_preflights":"/r","agenda_postflights":"/s","data":"(=(cmdline=false))","env":{"B":"2"},"prod_show":"","prod_custom5":"z"}
            """);
        Assert.Equal([$"{id}"], reply.Affected);
        Assert.Empty(reply.Refused);
        var job = Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}"));
        Assert.Equal(("n", 7, 3, -1, "/a", "/a/+", ""), (job.Name, job.Priority, job.Cpus, job.MaxCpus!.Value, job.Cluster, job.Restrictions, job.Requirements));
        Assert.Equal(("host.processors=2", 2, "h,i", "j", "g", "k", "-host.cpus"), (job.Reservations, job.Processors, job.Hosts, job.Omithosts, job.Groups, job.Omitgroups, job.Hostorder));
        Assert.Equal((60, 30, 5, 6, 1, 2, 3), (job.Timeout, job.AgendaTimeout, job.Timelimit, job.AgendaTimelimit, job.Retrysubjob, job.Retrywork, job.RetryworkDelay));
        Assert.Equal(("ann@x", "a\nb", "k", "acc", "/p", "/q", "/r", "/s"), (job.Mailaddress, job.Notes, job.Kind, job.Account, job.Preflights, job.Postflights, job.AgendaPreflights, job.AgendaPostflights));
        Assert.Equal(("false", "2", null, "z"), (job.Package["cmdline"].GetString(), Assert.Single(job.Env).Value, job.ProdShow, job.ProdCustom5));
        Assert.Equal(9, job.Todo);
    }

    [Theory]
    [InlineData("""{"range":"1-5"}""", "'range' cannot be modified; what can be is name, priority")]
    [InlineData("""{"priority":"high"}""", "priority cannot be read")]
    [InlineData("""{"priority":0}""", "priority is 0; use 1 to 9999")]
    [InlineData("""{"requirements":"host.os ="}""", "its requirements cannot be read")]
    [InlineData("""{}""", "it names no attribute")]
    public async Task Should_refuse_what_cannot_be_meant(string changes, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"}}""");
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Actions, $$"""{"action":"modify","targets":["{{id}}"],"changes":{{changes}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(part, JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ProblemReply)!.Error, StringComparison.Ordinal);
        Assert.Equal(9999, Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}")).Priority);
    }

    [Fact]
    public async Task Should_refuse_changes_of_other_actions()
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Actions, """{"action":"kill","targets":["1"],"changes":{"priority":1}}""")).Refused(HttpStatusCode.BadRequest, "changes belong to modify");
    }

    [Fact]
    public async Task Should_refuse_a_package_without_the_command_that_its_job_runs()
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"}}""");
        var reply = await ModifyAsync(farm, id, """{"package":{"shell":"/bin/sh"},"priority":3}""");
        Assert.Contains("package.cmdline is missing; a package is replaced whole", Assert.Single(reply.Refused), StringComparison.Ordinal);
        Assert.Equal(9999, Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}")).Priority);
    }

    private static async Task<ActionReply> ModifyAsync(TestFarm farm, long id, string changes)
    {
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Actions, $$"""{"action":"modify","targets":["{{id}}"],"changes":{{changes}}}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ActionReply)!;
    }
}
