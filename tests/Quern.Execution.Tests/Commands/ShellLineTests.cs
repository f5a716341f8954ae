using Quern.Execution.Commands;

namespace Quern.Execution.Tests.Commands;

public sealed class ShellLineTests
{
    [Theory]
    [InlineData("/bin/sh", "/usr/bin/povray +W640 -d scene.pov", true)]
    [InlineData("/bin/bash", "./render --frame=12", true)]
    [InlineData("/bin/sh", "render --frame=12", false)]
    [InlineData("/bin/sh", "exit 3", false)]
    [InlineData("/bin/sh", "/bin/a=b /bin/true", false)]
    [InlineData("/bin/sh", "/bin/true; /bin/false", false)]
    [InlineData("/bin/sh", "/bin/echo $HOME", false)]
    [InlineData("/bin/sh", "/bin/echo *.exr", false)]
    [InlineData("/bin/sh", "/bin/echo ~", false)]
    [InlineData("/bin/sh", "/bin/true\n/bin/false", false)]
    [InlineData("/bin/sh", "/bin/true # no", false)]
    [InlineData("/bin/sh", "", false)]
    [InlineData("/usr/bin/tcsh", "/bin/true", false)]
    public void Should_replace_the_shell_only_where_nothing_is_left_for_it(string shell, string command, bool isReplaced)
        => Assert.Equal(isReplaced ? "exec " + command : command, ShellLine.Of(shell, command));
}
