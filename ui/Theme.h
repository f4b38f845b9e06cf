// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

class QAbstractButton;
class QPainter;
class QRectF;
class QWidget;

namespace fairlead::ui {

/// Every colour, type size and distance our own widgets use, derived from the palette and font they are
/// given. This is the only place where a colour is computed.
class Theme
{
public:
    explicit Theme(const QPalette &palette);
    [[nodiscard]] static Theme of(const QWidget *widget);

    [[nodiscard]] bool isDark() const { return m_dark; }

    // Grounds, from back to front.
    [[nodiscard]] QColor ground() const; ///< the window
    [[nodiscard]] QColor surface() const; ///< cards and text
    [[nodiscard]] QColor inset() const; ///< code, strips inside a surface
    [[nodiscard]] QColor hairline() const;
    [[nodiscard]] QColor hover() const; ///< over a ground
    [[nodiscard]] QColor selection() const; ///< the chosen row of a list of ours, under text()

    // Ink, at least 4.5:1 on ground and surface.
    [[nodiscard]] QColor text() const;
    [[nodiscard]] QColor muted() const;
    [[nodiscard]] QColor accent() const;
    [[nodiscard]] QColor link() const;
    [[nodiscard]] QColor good() const;
    [[nodiscard]] QColor warn() const;
    [[nodiscard]] QColor bad() const;
    [[nodiscard]] QColor info() const;
    /// A quiet background for something said in that colour.
    [[nodiscard]] QColor tint(const QColor &ink) const;

    /// Eight series in Okabe and Ito's order, safe for colour-blind eyes, each with a shape of its own.
    static constexpr int kSeries = 8;
    [[nodiscard]] QColor series(int index) const;
    static void drawSeriesMark(QPainter &painter, const QRectF &rect, int index, const QColor &colour);
    /// A provider keeps its series everywhere.
    [[nodiscard]] static int seriesOf(const QByteArray &providerId);

    // Distances: steps of 4, 8, 12, 16, 24, 32 at the default font size, growing with the font.
    [[nodiscard]] static int space(const QWidget *widget, int step);
    static constexpr qreal kRadius = 6;
    static constexpr qreal kCardRadius = 8;
    /// A hairline's rounded frame and filling, for cards.
    void drawCard(QPainter &painter, const QRectF &rect) const;

    // Type.
    enum class Type { Caption, Body, Strong, Section, Title, Number };
    [[nodiscard]] static QFont font(const QWidget *widget, Type type);
    [[nodiscard]] static QFont fixedFont(const QWidget *widget);
    /// The font with figures of one width, where the platform's fonts have them as a feature they also have
    /// as default.
    static void setType(QWidget *widget, Type type);
    /// Writes a label's text in muted ink; follows palette changes through the palette itself.
    static void setMuted(QWidget *label);
    /// The one button of a page that does what the page is for.
    static void makePrimary(QAbstractButton *button);

    /// What the desktop offers nothing for (no platform theme), and what the Appearance menu sets.
    [[nodiscard]] static QPalette lightPalette();
    [[nodiscard]] static QPalette darkPalette();

    [[nodiscard]] static qreal contrast(const QColor &a, const QColor &b);
    [[nodiscard]] static QColor mix(const QColor &a, const QColor &b, qreal shareOfB);

private:
    [[nodiscard]] QColor readable(const QColor &colour) const;

    QPalette m_palette;
    bool m_dark;
};

/// Which of the palettes the program uses.
enum class Appearance { System, Light, Dark };
void applyAppearance(Appearance appearance);

} // namespace fairlead::ui
