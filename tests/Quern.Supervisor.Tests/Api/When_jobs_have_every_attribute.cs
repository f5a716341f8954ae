using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_jobs_have_every_attribute
{
    private static async Task<JobView> ShownAsync(string job, string more = "")
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, job);
        return Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}{more}"));
    }

    [Fact]
    public async Task Should_show_them_under_Qubes_names()
    {
        var job = await ShownAsync("""
            {"package":{"cmdline":"true","deep":{"list":[1,2]}},"max_cpus":"*","reservations":"host.processors=2+,license.maya","restrictions":"/a/+","groups":["g","h"],"omitgroups":"i","omithosts":"j",
             "hostorder":"-host.cpus","cluster":"/a+","requirements":"host.os=linux","notes":"two\nlines","kind":7,"timeout":"60","agendatimeout":"30","mail_address":"ann@x","drivemap":{"N:":"\\\\s\\n"},
             "deadline":0,"prod_show":"s","prod_custom5":"z","preflights":"/a,/b","flags":"1024,grid","flagsstring":"elite","domain":".","retrywork_delay":5,"cpus":"2","callbacks":[],"projekt":"kept"}
            """);

        Assert.Equal((-1, "host.processors=2+,license.maya=1", 2), (job.MaxCpus!.Value, job.Reservations, job.Processors));
        Assert.Equal(("/a/+", "g,h", "i", "j", "-host.cpus", "/a+", "host.os=linux"), (job.Restrictions, job.Groups, job.Omitgroups, job.Omithosts, job.Hostorder, job.Cluster, job.Requirements));
        Assert.Equal(("two\nlines", "7", 60, 30, "ann@x"), (job.Notes, job.Kind, job.Timeout, job.AgendaTimeout, job.Mailaddress));
        Assert.Equal((@"\\s\n", "0", "s", "z", "/a,/b", 5, 2), (job.Drivemap!["N:"], job.Deadline, job.ProdShow, job.ProdCustom5, job.Preflights, job.RetryworkDelay, job.Cpus));
        Assert.Equal(["grid", "elite", "mail"], job.Flags);
        Assert.Equal((1540, null), (job.FlagsNumber, job.Domain));
        Assert.Equal("[1,2]", job.Package["deep"].GetProperty("list").GetRawText());
        Assert.Equal(["projekt"], job.Other!.Keys);
    }

    /// <summary>As a production farm prints them: every attribute is there, most are empty.</summary>
    [Fact]
    public async Task Should_take_empty_text_for_nothing()
    {
        var job = await ShownAsync("""{"prototype":"","data":"(=(cmdline=echo \\(hi\\))(sub=(=(a=1))))","priority":"","cpus":"","flags":"","env":"","pgrp":"","groups":"","reservations":"","cluster":"","status":"","agenda":[],"timeout":-1,"label":""}""");

        Assert.Equal(("cmdline", "echo (hi)", 9999, 1, "/"), (job.Prototype, job.Package["cmdline"].GetString(), job.Priority, job.Cpus, job.Cluster));
        Assert.Equal("1", job.Package["sub"].GetProperty("a").GetString());
        Assert.Empty(job.Flags);
    }

    [Fact]
    public async Task Should_keep_packages_of_items()
    {
        var job = await ShownAsync("""{"package":{"cmdline":"true"},"work":["a",{"name":"b","package":{"x":[1]}},{"name":"c","data":"(=(y=2))"}]}""", "&agenda=true");

        Assert.Equal([null, """{"x":[1]}""", """{"y":"2"}"""], job.Agenda!.Select(item => item.Package?.GetRawText()));
        Assert.Equal(["a", "b", "c"], job.Agenda!.Select(item => item.Name));
    }

    [Theory]
    [InlineData("""{"package":{"cmdline":"x"},"reservations":"hots.processors=1"}""", "its reservations cannot be read; at character 1: there is no class 'hots', did you mean 'host.processors'?\n    hots.processors=1\n    ^")]
    [InlineData("""{"package":{"cmdline":"x"},"cluster":"a"}""", "its cluster cannot be read; at character 1: a path begins with '/', did you mean '/a'?")]
    [InlineData("""{"package":{"cmdline":"x"},"restrictions":"/a,/b"}""", "its restrictions cannot be read")]
    [InlineData("""{"package":{"cmdline":"x"},"hostorder":"cpus"}""", "its hostorder cannot be read")]
    [InlineData("""{"package":{"cmdline":"x"},"groups":","}""", "its groups cannot be read; it names nothing")]
    [InlineData("""{"package":{"cmdline":"x"},"processors":2,"reservations":"host.processors=3"}""", "give one of them")]
    [InlineData("""{"package":{"cmdline":"x"},"max_cpus":"many"}""", "maxCpus is 'many'")]
    [InlineData("""{"data":"cmdline=x"}""", "at character 1 of 9: write it as (=(key=value)(key=value))")]
    [InlineData("""{"data":"(=(a=1)"}""", "at character 8 of 7: a closing parenthesis belongs there")]
    [InlineData("""{"data":"(=(=1))"}""", "an entry has no key")]
    [InlineData("""{"package":{"cmdline":"x"},"cpus":"1.5"}""", "not the JSON expected")]
    [InlineData("""{"package":{"cmdline":"x"},"agenda":{"a":1}}""", "not the JSON expected")]
    public async Task Should_refuse_what_cannot_be_read(string job, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, $$"""{"requestId":"r","jobs":[{{job}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(part, JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ProblemReply)!.Error);
    }

    [Theory]
    [InlineData("""{"package":{"cmdline":"true"},"range":"1-20","flags":["p_agenda"]}""", "1,20,10")]
    [InlineData("""{"package":{"cmdline":"true"},"range":"1-20","p_agenda":"3,5","p_agenda_priority":7,"p_agenda_cpus":1}""", "3,5")]
    public async Task Should_split_poster_items_off(string sent, string posters)
    {
        await using var farm = await TestFarm.StartAsync();
        var reply = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, $$"""{"requestId":"r","jobs":[{{sent}}]}""")).Text, ApiJson.Default.SubmitReply)!;
        Assert.Equal(2, reply.Ids.Count);
        var main = Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={reply.Ids[0]}&agenda=true"));
        var poster = Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={reply.Ids[1]}&agenda=true"));
        Assert.Equal(posters.Split(','), poster.Agenda!.Select(item => item.Name));
        Assert.Equal(20, main.Todo + poster.Todo);
        Assert.Empty(main.Agenda!.Select(item => item.Name).Intersect(posters.Split(',')));
        Assert.Equal((main.Pgrp, sent.Contains("priority") ? 7 : 1, sent.Contains("priority") ? 1 : 3), (poster.Pgrp, poster.Priority, poster.Cpus));
    }
}
