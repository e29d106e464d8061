/// Lengths of time as people read them.
public enum TimeLeft {
    /// Like `under 1 s`, `42 s`, `3 min 05 s`, `1 h 20 min`, `2 d 3 h`. `nil` for what nobody can wait for.
    public static func text(seconds: Double) -> String? {
        guard seconds.isFinite, seconds < 365 * 86_400 else { return nil }
        guard seconds >= 1 else { return "under 1 s" }
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min \(twoDigits(whole % 60)) s"
        case ..<86_400: return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
        default: return "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
        }
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
