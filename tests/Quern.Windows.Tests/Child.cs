using System.Diagnostics;
using Quern.Execution.Windows;

namespace Quern.Windows.Tests;

/// <summary>What the tests start.</summary>
internal static class Child
{
    /// <summary>Full path of this program.</summary>
    internal static string Program { get; } = Environment.ProcessPath!;

    /// <summary>The line that runs one of these from a shell.</summary>
    internal static string Line(params ReadOnlySpan<string> words) => CommandLine.Of([Program, "child", .. words]);

    /// <summary>The application of a job type: over the handles that it is told, or its standard input and output.</summary>
    private static void Serve(bool isCrashing)
    {
        using var reader = new StreamReader(Stream(Environment.GetEnvironmentVariable("QUERN_LINE_IN")!, FileAccess.Read) ?? Console.OpenStandardInput());
        using var writer = new StreamWriter(Stream(Environment.GetEnvironmentVariable("QUERN_LINE_OUT")!, FileAccess.Write) ?? Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        var job = reader.ReadLine()!;
        while (true)
        {
            writer.WriteLine("""{"type":"request"}""");
            var line = reader.ReadLine()!;
            using var item = System.Text.Json.JsonDocument.Parse(line);
            if (item.RootElement.GetProperty("status").GetString() != "running")
            {
                return;
            }

            var name = item.RootElement.GetProperty("name").GetString();
            if (isCrashing && name == "2")
            {
                Environment.Exit(9);
            }

            Console.Error.Write($"serving {name} of {job.Contains("\"type\":\"job\"", StringComparison.Ordinal)} by {Environment.ProcessId}\n");
            writer.WriteLine("""{"type":"report","status":"complete","result":{"outputPaths":"a.txt"}}""");
        }
    }

    private static FileStream? Stream(string handle, FileAccess access) =>
        nint.Parse(handle, System.Globalization.CultureInfo.InvariantCulture) is > 2 and var number ? new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(number, ownsHandle: true), access, bufferSize: 0) : null;

    internal static int Run(string[] words)
    {
        switch (words)
        {
            case ["words", .. var said]:
                // Each word on a line, in a form that shows every character.
                foreach (var word in said)
                {
                    Console.Write(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(word)) + "\n");
                }

                return 0;
            case ["wait"]:
                Console.Write("waiting\n");
                new ManualResetEvent(false).WaitOne();
                return 0;
            case ["tree"]:
                // A child, and a grandchild that leaves its console group.
                Process.Start(new ProcessStartInfo(Program, ["child", "wait"]) { UseShellExecute = false, CreateNoWindow = true });
                Process.Start(new ProcessStartInfo("cmd.exe", $"/d /c start /b {Line("wait")}") { UseShellExecute = false, CreateNoWindow = true });
                return Run(["wait"]);
            case ["leave"]:
                Process.Start(new ProcessStartInfo(Program, ["child", "wait"]) { UseShellExecute = false, CreateNoWindow = true });
                Console.Write("left\n");
                return 0;
            case ["last", var file]:
                // Works until the file is there, then ends by itself.
                using (var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!) { EnableRaisingEvents = true })
                {
                    Console.Write("on\n");
                    while (!File.Exists(file))
                    {
                        watcher.WaitForChanged(WatcherChangeTypes.Created, 50);
                    }
                }

                Console.Write("saved\n");
                return 4;
            case ["serve", .. var how]:
                Serve(how is ["crash", ..]);
                return 0;
            case ["worker", var folder]:
                var host = WindowsFarm.Serve(folder);
                Run(["wait"]);
                GC.KeepAlive(host);
                return 0;
            case ["bytes", var count]:
                var output = Console.OpenStandardOutput();
                var chunk = new byte[64 * 1024];
                for (var left = long.Parse(count); left > 0; left -= chunk.Length)
                {
                    output.Write(chunk, 0, (int)Math.Min(left, chunk.Length));
                }

                return 0;
            default:
                return 2;
        }
    }
}
