using System.Xml.Linq;
using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Client.Archives;
using Quern.Configuration;

namespace Quern.Cli.Tests.Reference;

/// <summary>The elements of an archive, in their order and with the documented values of what was not said. Reading one: <see cref="When_jobs_are_archived"/>. Source: reference, qube-jobs 17.3.</summary>
public sealed class When_section_17_writes_archives
{
    private const string Order =
        "id pid priority local_order global_order pgrp user domain password status subjobs name cpus max_cpus todo cluster children agenda callbacks requirements reservations restrictions groups hosts host_order data queue prototype path "
        + "reason logpath cpus_tally todo_tally time_submit time_start time_complete flags label account env kind server_id last_update timeout variables agenda_status subjob_status path_map retry_subjob retry_work omit_hosts omit_groups "
        + "dependency deadline mail_address notes prototype_path source_host immediate_cpus mask_status eta range agenda_timeout auto_migrate_count retrywork_delay p_agenda p_agenda_priority p_agenda_cpus prod_show prod_shot prod_seq "
        + "prod_client prod_dept prod_custom1 prod_custom2 prod_custom3 prod_custom4 prod_custom5 preflights postflights agenda_preflights agenda_postflights";

    private static List<XElement> Written(params string[] words)
    {
        var job = SubmitOptions.Read(OptionParser.Parse(SubmitOptions.All, words, stopAtWord: true), QuernSettings.Load(null, []));
        var whole = XElement.Parse($"<whole>{JobArchive.WriteXml(job)}</whole>");
        Assert.Equal(["version", "object"], whole.Elements().Select(element => element.Name.LocalName));
        Assert.Equal(("1", "job"), (whole.Element("version")!.Value, whole.Element("object")!.Attribute("type")!.Value));
        return [.. whole.Element("object")!.Elements()];
    }

    [Fact]
    public void Should_keep_the_order_of_the_elements()
    {
        var names = Written("--range", "1-10", "--p_agenda", "1,5", "--mail", "--dependency", "900", "--prod_show", "s", "--preflights", "/a", "--env", "A=1", "render").Select(element => element.Name.LocalName).ToList();
        var documented = Order.Split(' ');
        var known = names.Where(documented.Contains).ToList();
        Assert.Equal(documented.Where(known.Contains), known);

        // What is ours comes after.
        Assert.Equal(known, names.Take(known.Count));
    }

    [Theory]
    [InlineData("pid", "1")]
    [InlineData("priority", "9999")]
    [InlineData("domain", ".")]
    [InlineData("status", "320")]
    [InlineData("cpus", "1")]
    [InlineData("data", "(=(cmdline=sleep 10))")]
    [InlineData("prototype", "cmdline")]
    [InlineData("flags", "8")]
    [InlineData("timeout", "-1")]
    [InlineData("agenda_timeout", "-1")]
    [InlineData("retry_subjob", "-1")]
    [InlineData("retry_work", "-1")]
    [InlineData("retrywork_delay", "0")]
    [InlineData("deadline", "0")]
    [InlineData("p_agenda_priority", "-1")]
    [InlineData("p_agenda_cpus", "-1")]
    [InlineData("time_submit", "0")]
    [InlineData("time_start", "0")]
    [InlineData("time_complete", "0")]
    public void Should_have_the_documented_value(string element, string value) => Assert.Equal(value, Written("sleep", "10").Single(one => one.Name.LocalName == element).Value);

    /// <summary>Parentheses of values are escaped, and XML's own characters once more.</summary>
    [Fact]
    public void Should_escape_the_package() => Assert.Equal(@"(=(cmdline=echo \(a\) < b))", Written("echo", "(a)", "<", "b").Single(one => one.Name.LocalName == "data").Value);
}
