using Quern.Core.Jobs;

namespace Quern.Core.Tests.Jobs;

public sealed class JobFlagTests
{
    /// <summary>Reference, qube-jobs 2.3.</summary>
    [Theory]
    [InlineData("uninterruptible", 1)]
    [InlineData("grid", 4)]
    [InlineData("auto_mount", 8)]
    [InlineData("export_environment", 16)]
    [InlineData("expand", 32)]
    [InlineData("host_list", 256)]
    [InlineData("elite", 512)]
    [InlineData("mail", 1024)]
    [InlineData("disable_windows_job_object", 2048)]
    [InlineData("disable_cpu_limit", 4096)]
    [InlineData("disable_auto_complete", 8192)]
    [InlineData("auto_wrangling", 16384)]
    [InlineData("p_agenda", 32768)]
    [InlineData("migrate_on_frame_retry", 65536)]
    [InlineData("convert_path", 131072)]
    [InlineData("no_defaults", 524288)]
    public void Flags_have_Qubes_names_and_bits(string name, int bit)
    {
        Assert.Equal((JobFlags)bit, JobFlagNames.Parse([name.ToUpperInvariant()], out _));
        Assert.Equal([name], JobFlagNames.Parse([$"{bit}"], out _)!.Value.Names());
    }

    [Theory]
    [InlineData("auto_mount, mail", "auto_mount,mail")]
    [InlineData("1032", "auto_mount,mail")]
    [InlineData("8,mail,1024", "auto_mount,mail")]
    [InlineData("2", "")]
    [InlineData("", "")]
    public void Flags_come_in_many_forms(string text, string names) => Assert.Equal(names, string.Join(',', JobFlagNames.Parse([text], out _)!.Value.Names()));

    [Fact]
    public void An_unknown_flag_is_refused()
    {
        Assert.Null(JobFlagNames.Parse(["atuo_mount"], out var refusal));
        Assert.StartsWith("flag 'atuo_mount' is not known, did you mean 'auto_mount'?", refusal, StringComparison.Ordinal);
    }
}
