using System.Text.Json;
using Quern.Core.Agendas;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Jobs;

public sealed class PackageTests
{
    [Fact]
    public void A_package_is_kept_whole()
    {
        const string json = """{"cmdline":"echo hi","padding":4,"deep":{"list":[1,{"x":null}]},"dev":true}""";

        var package = Package.Parse(json);

        Assert.Equal(json, Package.Of(package.Values()).Json);
        Assert.Equal(("echo hi", "4", null, "true", null), (package.Text("cmdline"), package.Text("padding"), package.Text("deep"), package.Text("dev"), package.Text("none")));
        Assert.Equal(package, Package.Parse(json));
    }

    /// <summary>What an older program wrote: texts only.</summary>
    [Fact]
    public void A_package_of_an_older_store_is_read()
    {
        var spec = JsonSerializer.Deserialize<JobSpec>("""{"Prototype":"cmdline","User":"ann","Package":{"cmdline":"true","shell":"/bin/sh"},"Command":"true"}""")!;

        Assert.Equal(("true", "/bin/sh", ""), (spec.Command, spec.Shell, spec.EnvProfile));
        Assert.Contains("\"Package\":{\"cmdline\":\"true\",\"shell\":\"/bin/sh\"}", JsonSerializer.Serialize(spec));
    }

    [Fact]
    public void Packages_of_items_are_packed()
    {
        List<string> packages = [.. Enumerable.Range(0, 1000).Select(index => index % 3 == 0 ? "" : $$"""{"frame":{{index}},"text":"a longer text that is the same for all of them"}""")];

        var saved = ItemPackages.Pack(packages).Save();
        var loaded = ItemPackages.Load(saved);

        Assert.Equal(packages, Enumerable.Range(0, 1000).Select(index => loaded[index]));
        Assert.Equal(packages[777], loaded[777]);
        Assert.True(saved.Length < 20_000, $"{saved.Length} characters");
    }

    /// <summary>Reference, qube-jobs 6.3 and 20.</summary>
    [Theory]
    [InlineData("1-20", "1,20,10")]
    [InlineData("1-200", "1,200,100")]
    [InlineData("5", "5")]
    [InlineData("5-6", "5,6")]
    [InlineData("a,b,c,d", "a,d,b")]
    public void Poster_items_are_first_last_and_middle(string range, string posters)
    {
        Assert.Equal(posters, string.Join(',', PosterItems.UsualOf(range, 1000)));
        var all = Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 1000).Agenda!;
        Assert.Equal(posters, string.Join(',', PosterItems.UsualOf(all.Count).Select(index => all[index].Name)));
    }

    [Theory]
    [InlineData("1-20", "1,20,10", "2-9,11-19")]
    [InlineData("1-10x2", "1,9,5", "3,7")]
    [InlineData("10-1", "1,10", "9-2")]
    [InlineData("a,1-4,b", "b,2", "a,1,3,4")]
    [InlineData("1-3", "7", "1-3")]
    [InlineData("1", "1", "")]
    public void What_is_left_has_no_poster_items(string range, string posters, string left)
    {
        var rest = PosterItems.Without(range, posters.Split(',').ToHashSet());
        if (left.Length == 0)
        {
            Assert.Empty(rest);
            return;
        }

        Assert.Equal(Names(left), Names(rest));
    }

    private static List<string> Names(string range) =>
        Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 1000).Agenda is { } agenda ? [.. Enumerable.Range(0, agenda.Count).Select(index => agenda[index].Name)] : [];
}
