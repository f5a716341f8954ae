using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Quern.Cli.Options;
using Quern.Secrets;

namespace Quern.Cli.Passwords;

/// <summary>Where a password comes from: typed twice at a terminal that does not show it, or the whole of the input. Never the command line, which everybody on the host can read.</summary>
internal static class PasswordInput
{
    public static readonly Option Stdin = new("password-stdin", null, "Reads the password from the input, up to its end.") { IsOurs = true };

    /// <summary>Qube's option, known so that it can be refused with the remedy.</summary>
    public static readonly Option Refused = new("password", "TEXT", "Not taken: everybody on this host could read it.");

    /// <summary>Refuses, without repeating it, what may be a password on the command line.</summary>
    /// <exception cref="UsageException">There is something.</exception>
    public static void Check(ParsedOptions options)
    {
        if (options.Has(Refused.Name) || options.Words.Count > 0)
        {
            throw new UsageException("a password is not taken from the command line, where everybody on this host can read it: leave it out and type it, or pass it to --password-stdin");
        }
    }

    /// <summary>The caller disposes it.</summary>
    /// <exception cref="UsageException">There is no way to take it.</exception>
    public static Secret Read(ParsedOptions options, string whose)
    {
        if (options.Has(Stdin.Name))
        {
            using var input = Console.OpenStandardInput();
            return ReadAll(input);
        }

        if (Console.IsInputRedirected)
        {
            throw new UsageException("there is no terminal to type the password at: pass it to --password-stdin");
        }

        using var terminal = new Terminal();
        var first = terminal.Ask($"Password of {whose}: ");
        using var again = terminal.Ask("Once more: ");
        if (first.IsSameAs(again))
        {
            return first;
        }

        first.Dispose();
        throw new ArgumentException("the two are not the same: nothing is changed; type it again");
    }

    /// <summary>All of a stream, but for the end of its last line.</summary>
    internal static Secret ReadAll(Stream input)
    {
        var buffer = GC.AllocateArray<byte>(Secret.MaxBytes + 3, pinned: true);
        try
        {
            var read = buffer.AsSpan(0, input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
            return Secret.OfUtf8(WithoutLineEnd(read));
        }
        finally
        {
            Array.Clear(buffer);
        }
    }

    /// <summary>One line of a stream, byte by byte, so that the next one is left where it is.</summary>
    internal static Secret ReadLine(Stream input)
    {
        var buffer = GC.AllocateArray<byte>(Secret.MaxBytes + 3, pinned: true);
        try
        {
            var length = 0;
            while (length < buffer.Length && input.Read(buffer, length, 1) == 1 && buffer[length++] != (byte)'\n')
            {
                // The buffer's end is longer than any password: what comes after it is refused with the rest.
            }

            return Secret.OfUtf8(WithoutLineEnd(buffer.AsSpan(0, length)));
        }
        finally
        {
            Array.Clear(buffer);
        }
    }

    private static ReadOnlySpan<byte> WithoutLineEnd(ReadOnlySpan<byte> text)
    {
        var end = text.EndsWith("\n"u8) ? text.Length - 1 : text.Length;
        return text[..(end > 0 && end < text.Length && text[end - 1] == (byte)'\r' ? end - 1 : end)];
    }

    /// <summary>
    /// The terminal without echo, until it is disposed or the program is interrupted. Nothing of Console is used but on Windows: at a terminal it reads, writes and
    /// handles Ctrl-C by an editor of its own, which shows what is typed whatever the terminal was told.
    /// </summary>
    private sealed class Terminal : IDisposable
    {
        private readonly FileStream? device = OperatingSystem.IsWindows() ? null : new FileStream("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        private readonly PosixSignalRegistration[] interrupts;

        public Terminal()
        {
            // Not cancelled: the program ends as it would, with the echo on.
            interrupts = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, _ => SetEcho(true)))];
            SetEcho(false);
        }

        public Secret Ask(string prompt)
        {
            Show(prompt);
            try
            {
                return device is null ? ReadKeys(() => Console.ReadKey(intercept: true)) : ReadLine(device);
            }
            finally
            {
                Show("\n");
            }
        }

        public void Dispose()
        {
            SetEcho(true);
            Array.ForEach(interrupts, interrupt => interrupt.Dispose());
            device?.Dispose();
        }

        private void Show(string text)
        {
            if (device is null)
            {
                Console.Error.Write(text);
            }
            else
            {
                device.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        /// <summary>Windows shows nothing of a key that is intercepted; elsewhere the terminal itself is told, so that what is pasted or typed ahead is not shown either.</summary>
        private static void SetEcho(bool isShown)
        {
            if (!OperatingSystem.IsWindows())
            {
                using var stty = Process.Start(new ProcessStartInfo("stty", [isShown ? "echo" : "-echo"]) { UseShellExecute = false });
                stty!.WaitForExit();
            }
        }
    }

    /// <summary>Keys up to Enter; Backspace takes the last one back.</summary>
    internal static Secret ReadKeys(Func<ConsoleKeyInfo> next)
    {
        var keys = GC.AllocateArray<char>(Secret.MaxBytes + 1, pinned: true);
        try
        {
            var length = 0;
            for (var key = next(); key.Key != ConsoleKey.Enter; key = next())
            {
                if (key.Key == ConsoleKey.Backspace)
                {
                    length = Math.Max(0, length - 1);
                }
                else if (key.KeyChar != '\0' && length < keys.Length)
                {
                    keys[length++] = key.KeyChar;
                }
            }

            return Secret.OfChars(keys.AsSpan(0, length));
        }
        finally
        {
            Array.Clear(keys);
        }
    }
}
