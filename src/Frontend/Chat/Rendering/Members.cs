using System.Text;

namespace Flightc.Chat;

/// <summary>Members, items and slices of values.</summary>
internal static class Members
{
    /// <summary><c>target.name</c>: a method first, then an item of that name.</summary>
    public static object? Get(object? target, string name, RenderContext context)
    {
        if (name.StartsWith('_'))
        {
            throw context.Fault($"'{name}' is not for templates");
        }

        if (Methods.Has(target, name))
        {
            return new BoundMethod(target, name);
        }

        return target switch
        {
            TemplateMap map => map.TryGet(name, out object? value) ? value : new Undefined($"'{name}'"),
            TemplateNamespace space => space.Values.TryGet(name, out object? value) ? value : new Undefined($"'{name}'"),
            LoopState loop => loop.TryGet(name, out object? value)
                ? value
                : throw context.Fault($"'loop.{name}' is not supported"),
            Undefined undefined => throw context.Fault($"{undefined.What} is undefined, so it has no '{name}'"),
            _ => new Undefined($"'{name}' of {TemplateValue.KindOf(target)}"),
        };
    }

    /// <summary><c>target[key]</c></summary>
    public static object? Item(object? target, object? key, RenderContext context)
    {
        switch (target, key)
        {
            case (TemplateMap map, string name):
                return map.TryGet(name, out object? value) ? value : new Undefined($"'{name}'");
            case (List<object?> list, long index):
                long place = index < 0 ? index + list.Count : index;
                return place >= 0 && place < list.Count ? list[(int)place] : new Undefined($"item {index} of {list.Count}");
            case (string text, long index):
                IReadOnlyList<object?> characters = TemplateValue.ItemsOf(text, context);
                long at = index < 0 ? index + characters.Count : index;
                return at >= 0 && at < characters.Count
                    ? characters[(int)at]
                    : new Undefined($"character {index} of {characters.Count}");
            case (Undefined undefined, _):
                throw context.Fault($"{undefined.What} is undefined, so it has no items");
            case (_, string name):
                return Get(target, name, context);
            default:
                return new Undefined($"an item of {TemplateValue.KindOf(target)}");
        }
    }

    /// <summary><c>target[start:stop:step]</c> of a list or a text; null for the end on that side.</summary>
    public static object? Slice(object? target, long? start, long? stop, long step, RenderContext context)
    {
        if (step == 0)
        {
            throw context.Fault("the step of a slice is not zero");
        }

        if (target is not (string or List<object?>))
        {
            throw context.Fault($"wanted a list or a text to cut, not {TemplateValue.KindOf(target)}");
        }

        IReadOnlyList<object?> items = TemplateValue.ItemsOf(target, context);
        List<object?> taken = [];
        long first = Clamp(start ?? (step > 0 ? 0 : long.MaxValue), items.Count, step);
        long last = stop is null && step < 0 ? -1 : Clamp(stop ?? long.MaxValue, items.Count, step);
        for (long i = first; step > 0 ? i < last : i > last; i += step)
        {
            taken.Add(items[(int)i]);
            if (step > 0 ? step > last - i : step < last - i)
            {
                break;
            }
        }

        context.Spend(taken.Count);
        if (target is not string)
        {
            return taken;
        }

        StringBuilder text = new();
        taken.ForEach(character => text.Append((string)character!));
        return context.Made(text.ToString());
    }

    private static long Clamp(long bound, int count, long step)
    {
        bound = bound < 0 ? bound + count : bound;
        return step > 0 ? Math.Clamp(bound, 0, count) : Math.Clamp(bound, -1, count - 1);
    }
}
