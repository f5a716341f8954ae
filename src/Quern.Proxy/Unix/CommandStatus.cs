namespace Quern.Proxy.Unix;

/// <summary>An exit status as wait4 gives it (the same bits on Linux and macOS).</summary>
internal static class CommandStatus
{
    internal static CommandExit? Of(int? status) => status is not { } value ? null
        : (value & 0x7F) is > 0 and var signal ? new CommandExit(0, signal)
        : new CommandExit((value >> 8) & 0xFF, 0);
}
