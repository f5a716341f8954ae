using System.Runtime.InteropServices;
using System.Text;
using Quern.Execution.Accounts;
using Quern.Execution.Mac;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;

namespace Quern.Execution.Tests.Mac;

/// <summary>Layouts as the headers of macOS have them (64-bit ARM); nothing of that system is called.</summary>
public sealed unsafe class When_macOS_lays_things_out
{
    [Fact]
    public void Should_have_the_sizes_and_places_of_the_headers()
    {
        Assert.Equal(136, sizeof(LibSystem.ProcessInfo));
        Assert.Equal(120, (int)Marshal.OffsetOf<LibSystem.ProcessInfo>(nameof(LibSystem.ProcessInfo.StartSeconds)));
        Assert.Equal(36, (int)Marshal.OffsetOf<LibSystem.ProcessInfo>(nameof(LibSystem.ProcessInfo.SavedUid)));
        Assert.Equal(32, sizeof(LibSystem.Event));
        Assert.Equal(24, (int)Marshal.OffsetOf<LibSystem.Event>(nameof(LibSystem.Event.Mark)));
        Assert.Equal(72, sizeof(LibSystem.PasswdEntry));
        Assert.Equal(48, (int)Marshal.OffsetOf<LibSystem.PasswdEntry>(nameof(LibSystem.PasswdEntry.Home)));
        Assert.Equal(48, sizeof(LibSystem.Message));
        Assert.Equal(40, (int)Marshal.OffsetOf<LibSystem.Message>(nameof(LibSystem.Message.ControlLength)));
        Assert.Equal(16, sizeof(LibSystem.DescriptorMessage));
        Assert.Equal(24, sizeof(LibSystem.PunchHole));
        Assert.Equal(21, (int)Marshal.OffsetOf<LibSystem.DirectoryEntry>(nameof(LibSystem.DirectoryEntry.Name)));
    }

    [Fact]
    public void Should_write_a_socket_name_with_its_length_and_none_that_is_too_long_or_abstract()
    {
        Span<byte> address = stackalloc byte[128];
        Assert.Equal(16u, Posix.MacAddress("/var/run/a.sk", address));
        Assert.Equal(16, address[0]);
        Assert.Equal(1, address[1]);
        Assert.Equal("/var/run/a.sk\0", Encoding.UTF8.GetString(address[2..16]));
        Assert.NotEqual(0u, Posix.MacAddress("/" + new string('a', 102), address));
        Assert.Equal(0u, Posix.MacAddress("/" + new string('a', 103), address));
        Assert.Equal(0u, Posix.MacAddress("@quern", address));
    }

    [Fact]
    public void Should_find_a_variable_behind_the_arguments()
    {
        byte[] said = [.. BitConverter.GetBytes(2), .. "/bin/sh\0\0\0\0sh\0QUERN_RUN=argument\0HOME=/Users/ann\0QUERN_RUN=1.0.1@a\0\0"u8];
        Assert.Equal("1.0.1@a", MacProcessTable.VariableOf(said, "QUERN_RUN"));
        Assert.Equal("/Users/ann", MacProcessTable.VariableOf(said, "HOME"));
        Assert.Null(MacProcessTable.VariableOf(said, "RUN"));
        Assert.Null(MacProcessTable.VariableOf(said.AsSpan(0, 20), "HOME"));
        Assert.Null(MacProcessTable.VariableOf([], "HOME"));
    }

    [Fact]
    public void Should_read_an_account_and_a_file()
    {
        fixed (byte* name = "_render\0"u8, home = "/var/empty\0"u8, shell = "\0"u8)
        {
            var entry = new LibSystem.PasswdEntry { Name = name, Uid = 450, Gid = 451, Home = home, Shell = shell };
            var account = MacNameService.FromEntry(&entry, (_, gid) => [12, gid]);
            Assert.Equal(new Account("_render", 450, 451, account.Groups, "/var/empty", "/bin/sh"), account);
            Assert.Equal([12u, 451u], account.Groups);
        }

        var stat = stackalloc byte[LibSystem.StatLength];
        (*(ushort*)(stat + 4), *(uint*)(stat + 16), *(uint*)(stat + 20)) = (0x41ED, 501, 20);
        var facts = Posix.MacFacts(stat);
        Assert.Equal((501u, 20u, true, 0x1EDu), (facts.Uid, facts.Gid, facts.IsFolder, facts.Permissions));
    }

    [Theory]
    [InlineData(0, Pam.Success)]
    [InlineData(10, Pam.PasswordExpired)]
    [InlineData(13, Pam.UserUnknown)]
    [InlineData(17, Pam.AccountExpired)]
    [InlineData(1025, Pam.AccountLocked)]
    [InlineData(9, 10_009)]
    public void Should_tell_answers_of_PAM_apart(int code, int expected) => Assert.Equal(expected, Pam.FromMac(code));

    [Fact]
    public void Should_count_free_and_inactive_pages() => Assert.Equal(5L + uint.MaxValue, MacHost.AvailablePages([5, 100, -1, 7]));
}
