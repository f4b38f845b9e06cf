// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace fairlead::ui {

/// One short word about a state, in a rounded tint, with a mark so that it is not told by colour alone.
class Chip : public QWidget
{
    Q_OBJECT
public:
    enum class Tone { Neutral, Good, Warn, Bad, Info };

    explicit Chip(QWidget *parent = nullptr);
    Chip(const QString &text, Tone tone, QWidget *parent = nullptr);

    void setText(const QString &text);
    void setTone(Tone tone);
    [[nodiscard]] QString text() const { return m_text; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

    /// The same as a drawing, for cells of tables and lists.
    [[nodiscard]] static QSize sizeOf(const QWidget *widget, const QString &text, Tone tone);
    static void
    draw(QPainter &painter, const QWidget *widget, const QRect &rect, const QString &text, Tone tone);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QString m_text;
    Tone m_tone = Tone::Neutral;
};

} // namespace fairlead::ui
