namespace Cqrs.Phones;

/// <summary>Shows how far a video has come, in one line of steps; works as well in a file as on a screen.</summary>
internal sealed class ProgressLine : IProgress<long>
{
    private const int Steps = 20;

    private readonly long _length;
    private int _shown;

    public ProgressLine(string what, long length)
    {
        _length = length;
        Console.Write($"   {what,-12}");
    }

    public void Report(long value)
    {
        for (var reached = (int)(value * Steps / _length); _shown < reached; _shown++) Console.Write('■');
    }

    /// <summary>Ends the line with a word on how it went.</summary>
    public void End(string word) => Console.WriteLine($" {word}");
}
