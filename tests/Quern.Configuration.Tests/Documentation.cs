using Quern.Configuration;

namespace Quern.Configuration.Tests;

public sealed class Documentation
{
    /// <summary>QUERN_GOLDEN=1 writes the page anew.</summary>
    [Fact]
    public void The_page_of_settings_says_what_the_schema_says()
    {
        var path = Path.Combine(Root(), "docs", "configuration.md");
        if (Environment.GetEnvironmentVariable("QUERN_GOLDEN") == "1")
        {
            File.WriteAllText(path, SettingDocument.Render());
        }

        Assert.Equal(SettingDocument.Render(), File.ReadAllText(path));
    }

    [Fact]
    public void A_setting_that_changes_nothing_says_so()
        => Assert.Contains("host lists show no description", Assert.Single(QuernSettings.Load(null, ["worker_description=a"]).Warnings), StringComparison.Ordinal);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Quern.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
