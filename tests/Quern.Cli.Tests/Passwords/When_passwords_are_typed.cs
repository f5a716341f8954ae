using System.Text;
using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Cli.Passwords;
using Quern.Secrets;

namespace Quern.Cli.Tests.Passwords;

public sealed class When_passwords_are_typed
{
    [Theory]
    [InlineData("qblogin", "--password", "hunter2")]
    [InlineData("qblogin", "-password=hunter2", null)]
    [InlineData("qblogin", "hunter2", null)]
    [InlineData("qblogin", "--display", null)]
    [InlineData("qbhash", "--password", "hunter2")]
    [InlineData("qbhash", "hunter2", null)]
    public async Task What_everybody_could_read_is_refused_with_the_remedy(string name, string first, string? second)
    {
        var command = CommandTable.Find(name)!;
        var options = OptionParser.Parse(command.Options, second is null ? [first] : [first, second]);

        var refusal = await Assert.ThrowsAsync<UsageException>(() => command.RunAsync(options, default));

        Assert.Matches("pass it to --password-stdin|qbhash prints", refusal.Message);
        Assert.DoesNotContain("hunter2", refusal.Message);
    }

    [Theory]
    [InlineData("hunter2", "hunter2")]
    [InlineData("hunter2\n", "hunter2")]
    [InlineData("hunter2\r\n", "hunter2")]
    [InlineData("two words \n", "two words ")]
    [InlineData("a\nb\n", "a\nb")]
    public void The_whole_input_is_the_password_but_for_the_end_of_its_line(string input, string expected)
    {
        using var secret = PasswordInput.ReadAll(Stream(input));
        Assert.Equal(expected, Encoding.UTF8.GetString(secret.Utf8()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    public void An_empty_one_is_refused(string input) => Assert.Throws<ArgumentException>(() => PasswordInput.ReadAll(Stream(input)).Dispose());

    [Fact]
    public void One_that_is_too_long_is_refused_and_not_cut()
    {
        Assert.Throws<ArgumentException>(() => PasswordInput.ReadAll(Stream(new string('x', Secret.MaxBytes + 1))).Dispose());
        Assert.Throws<ArgumentException>(() => PasswordInput.ReadLine(Stream(new string('x', Secret.MaxBytes + 100))).Dispose());
        PasswordInput.ReadAll(Stream(new string('x', Secret.MaxBytes) + "\r\n")).Dispose();
    }

    [Fact]
    public void Lines_are_read_one_at_a_time()
    {
        using var input = Stream("first\nsecond\r\n");
        using var first = PasswordInput.ReadLine(input);
        using var second = PasswordInput.ReadLine(input);
        Assert.Equal(("first", "second"), (Encoding.UTF8.GetString(first.Utf8()), Encoding.UTF8.GetString(second.Utf8())));
    }

    [Fact]
    public void Keys_are_read_up_to_enter_and_can_be_taken_back()
    {
        var keys = new Queue<ConsoleKeyInfo>("xab\by".Select(c => new ConsoleKeyInfo(c, c == '\b' ? ConsoleKey.Backspace : ConsoleKey.A, false, false, false)).Append(new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false)));
        using var secret = PasswordInput.ReadKeys(keys.Dequeue);
        Assert.Equal("xay", Encoding.UTF8.GetString(secret.Utf8()));
    }

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));
}
