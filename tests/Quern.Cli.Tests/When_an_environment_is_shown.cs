using Quern.Cli.Local;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_an_environment_is_shown
{
    [Fact]
    public void Each_variable_is_a_line_that_a_terminal_does_not_obey()
    {
        using var text = new StringWriter { NewLine = "\n" };
        EnvCommand.Print(
            new WorkerEnvironmentReply
            {
                Worker = "node-1", Account = "quern", Directory = "/shots", Umask = "022", Notes = ["each run adds its mark"],
                Variables = [new WorkerVariable("HOME", "/var/lib/quern", "account", "home folder of the account"), new WorkerVariable("EVIL", "a\n\u001b[2J", "job", "env of the job")],
            },
            text);
        Assert.Equal(
            "node-1: as quern, in /shots, umask 022\nHOME=/var/lib/quern   (account: home folder of the account)\nEVIL=a??[2J   (job: env of the job)\neach run adds its mark\n",
            text.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("list")]
    [InlineData("show extra")]
    public async Task Other_words_are_refused(string words) =>
        await Assert.ThrowsAsync<Quern.Cli.Options.UsageException>(() => EnvCommand.RunAsync(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), CancellationToken.None));
}
