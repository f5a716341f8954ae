using System.Text;
using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Tests.Outputs;

public sealed class When_the_supervisor_restarts
{
    [Fact]
    public async Task Should_cut_output_back_to_what_is_acknowledged_and_take_the_rest_once_more()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Say(run, 0, new ReadyFact("quern"), Text("one "));
        await harness.SyncedAsync(run, 2);
        harness.Acknowledge();
        harness.Say(run, 2, Text("two "), Text("three "));
        Assert.Equal("one two three ", Encoding.UTF8.GetString(await harness.ReadAsync(run)));

        await harness.RestartAsync(run, 4);
        Assert.Equal("one ", Encoding.UTF8.GetString(await harness.ReadAsync(run)));
        harness.Say(run, 2, Text("two "), Text("three "));
        harness.Say(run, 2, Text("two "), Text("three "), Text("four"));
        Assert.Equal("one two three four", Encoding.UTF8.GetString(await harness.ReadAsync(run)));
    }

    [Fact]
    public async Task Should_leave_out_a_record_that_was_cut_short()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Say(run, 0, Text("whole"), Text("torn"));
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        var file = Assert.Single(Directory.GetFiles(harness.Log.FolderOf(run.Instance.Job)));
        using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            stream.SetLength(stream.Length - 1);
        }

        Assert.Equal("whole", Encoding.UTF8.GetString(await harness.ReadAsync(run)));
    }

    [Fact]
    public async Task Should_remove_folders_of_jobs_that_are_gone()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        var gone = harness.Log.FolderOf(new JobId(4711));
        Directory.CreateDirectory(gone);
        harness.Log.CutBack(harness.Farm);
        harness.Say(run, 0, Text("kept"));
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        Assert.False(Directory.Exists(gone));
        Assert.Equal("kept", Encoding.UTF8.GetString(await harness.ReadAsync(run)));
    }

    private static OutputFact Text(string text) => When_output_is_kept.Out(Encoding.UTF8.GetBytes(text));
}
