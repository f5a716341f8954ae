using System.Globalization;
using System.Text;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>
/// Lines of the farm's own in what an instance prints, which programs that read Qube's logs look for: they drop everything before them. Source: reference, qube-jobs 5. They are of no
/// journal: what a crash takes of them is not written again.
/// </summary>
public sealed partial class Farm
{
    private const string PreemptBanner = "preempt order received - job should exit\n";
    private const int BannerWidth = 60;

    /// <summary>The instance runs anew; what stands above is of an earlier run.</summary>
    private void PrintRestart(Instance instance, Now now)
    {
        if (instance.Run > 1)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(now.Unix).ToString("ddd MMM d HH:mm:ss yyyy 'UTC'", CultureInfo.InvariantCulture);
            var row = new string('=', BannerWidth);
            Print(instance, $"{row}\nqube! - retry/requeue on {time}\n{row}\n");
        }
    }

    private void Print(Instance instance, string text)
        => turn.Output.Add(new OutputChunk(instance.RunId, OutputChunk.OfTheFarm, -1, 0, false, Encoding.UTF8.GetBytes(text)));
}
