using System.Text;
using System.Text.RegularExpressions;

namespace Quern.Execution.Rules;

/// <summary>
/// Looks at one stream of output as it passes. Rules see whole lines; a carriage return ends a line too, as progress bars have it. What no rule could mean is passed over without
/// being cut into lines: the texts that a matching line must have are looked for in the whole block at once. Not thread-safe.
/// </summary>
internal sealed class LineScanner(RuleSet rules, Action<OutputRule, string> found)
{
    /// <summary>Of a longer line only the beginning is looked at.</summary>
    private const int LongestLine = 8 * 1024;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _text = new char[16 * 1024];
    private int _kept;
    private bool _skipsRest;

    internal void Feed(ReadOnlySpan<byte> data)
    {
        var most = _kept + Encoding.UTF8.GetMaxCharCount(data.Length);
        if (_text.Length < most)
        {
            Array.Resize(ref _text, most);
        }

        var length = _kept + _decoder.GetChars(data, _text.AsSpan(_kept), flush: false);
        var text = _text.AsSpan(0, length);
        var end = text[_kept..].LastIndexOfAny('\n', '\r');
        if (end < 0)
        {
            Keep(text);
            return;
        }

        var whole = text[..(_kept + end + 1)];
        if (_skipsRest)
        {
            whole = whole[(whole.IndexOfAny('\n', '\r') + 1)..];
            _skipsRest = false;
        }

        Look(whole);
        Keep(text[(_kept + end + 1)..]);
    }

    /// <summary>The stream's command has ended: what is left is a line.</summary>
    internal void Finish()
    {
        if (_kept > 0 && !_skipsRest)
        {
            Look(_text.AsSpan(0, _kept));
        }

        _kept = 0;
        _skipsRest = false;
        _decoder.Reset();
    }

    private void Keep(ReadOnlySpan<char> rest)
    {
        if (rest.Length > LongestLine)
        {
            if (!_skipsRest)
            {
                LookAtLine(rest[..LongestLine]);
            }

            _skipsRest = true;
            rest = default;
        }

        rest.CopyTo(_text);
        _kept = rest.Length;
    }

    private void Look(ReadOnlySpan<char> block)
    {
        while (block.Length > 0)
        {
            var at = rules.Literals is { } literals ? block.IndexOfAny(literals) : 0;
            if (at < 0)
            {
                return;
            }

            var start = block[..at].LastIndexOfAny('\n', '\r') + 1;
            var length = block[at..].IndexOfAny('\n', '\r');
            var end = length < 0 ? block.Length : at + length;
            LookAtLine(block[start..Math.Min(end, start + LongestLine)]);
            block = end < block.Length ? block[(end + 1)..] : default;
        }
    }

    private void LookAtLine(ReadOnlySpan<char> line)
    {
        for (var at = 0; line.Length > 0 && at < rules.Rules.Count; at++)
        {
            var rule = rules.Rules[at];
            if (rule.Literal.Length > 0 && !line.Contains(rule.Literal, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            try
            {
                if (rule.Pattern.IsMatch(line))
                {
                    found(rule, line.ToString());
                }
            }
            catch (RegexMatchTimeoutException)
            {
                // It would hold up the output of the job.
                rules.Rules.RemoveAt(at--);
            }
        }
    }
}
