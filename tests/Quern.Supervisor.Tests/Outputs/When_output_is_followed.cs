using System.IO.Pipelines;
using System.Text;
using Quern.Core.Farms;
using Quern.Supervisor.Output;

namespace Quern.Supervisor.Tests.Outputs;

public sealed class When_output_is_followed
{
    [Fact]
    public async Task Should_pass_on_what_comes_and_end_with_the_instance_having_missed_nothing()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        var pipe = new Pipe();
        await using var to = pipe.Writer.AsStream(leaveOpen: true);
        var copying = new OutputReader(harness.Log, harness).CopyAsync(run.Instance.Job, 0, null, false, 0, true, to, CancellationToken.None);

        harness.Say(run, 0, new ReadyFact("quern"), Text("one "));
        Assert.Equal("one ", await ReadAsync(pipe.Reader, 4));
        harness.Say(run, 2, Text("two "));
        Assert.Equal("two ", await ReadAsync(pipe.Reader, 4));
        Assert.False(copying.IsCompleted);

        // The last output and the end come in one turn.
        harness.Say(run, 3, Text("three"), new RunEndedFact(RunEnd.Finished, 0, 0, ""));
        Assert.Equal("three", await ReadAsync(pipe.Reader, 5));
        await copying.Within();
    }

    [Fact]
    public async Task Should_end_when_an_instance_ends_that_printed_nothing()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        using var to = new MemoryStream();
        var copying = new OutputReader(harness.Log, harness).CopyAsync(run.Instance.Job, 0, null, false, 0, true, to, CancellationToken.None);
        harness.Say(run, 0, new RunEndedFact(RunEnd.Finished, 1, 0, ""));
        await copying.Within();
        Assert.Equal(0, to.Length);
    }

    private static OutputFact Text(string text) => When_output_is_kept.Out(Encoding.UTF8.GetBytes(text));

    private static async Task<string> ReadAsync(PipeReader reader, int bytes)
    {
        var read = await reader.ReadAtLeastAsync(bytes).AsTask().Within();
        var text = Encoding.UTF8.GetString(read.Buffer);
        reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
