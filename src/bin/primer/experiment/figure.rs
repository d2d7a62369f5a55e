//! Small multiples as SVG: panels with the same axes, a series an arm, bars or bands of a standard deviation.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::console::{Failure, Outcome};

/// Panels that share their axes and their legend.
pub struct Figure {
    pub title: String,
    pub x_label: &'static str,
    pub y_label: String,
    pub axis: Axis,
    pub panels: Vec<Panel>,
}

/// What lies to the right.
pub enum Axis {
    /// Named places, evenly spaced.
    Names(Vec<String>),
    /// Numbers from 0.
    Numbers,
}

pub struct Panel {
    pub title: String,
    pub series: Vec<Series>,
}

pub struct Series {
    pub name: String,
    pub dots: Vec<Dot>,
}

pub struct Dot {
    pub x: f64,
    pub y: f64,
    /// Standard deviation.
    pub deviation: Option<f64>,
}

/// Okabe and Ito's colours, which colour-blind people tell apart, without the yellow that white swallows.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);
/// Pixels of a panel, and of what stands above all of them.
const PANEL: (u32, u32) = (330, 250);
const ABOVE: u32 = 74;
const COLUMNS: usize = 3;

type Drawn<T = ()> = Result<T, Box<dyn std::error::Error>>;

impl Figure {
    /// The figure as SVG.
    pub fn draw(&self) -> Outcome<String> {
        let mut svg = String::new();
        self.draw_on(&mut svg).map_err(|e| Failure::Other(format!("cannot draw {:?}: {e}", self.title)))?;
        Ok(svg)
    }

    fn draw_on(&self, svg: &mut String) -> Drawn {
        let columns = self.panels.len().clamp(1, COLUMNS);
        let rows = self.panels.len().div_ceil(columns).max(1);
        // The head needs its width even where there is one panel.
        let width = (PANEL.0 * columns as u32).max(480);
        let size = (width, ABOVE + PANEL.1 * rows as u32 + 10);
        let area = SVGBackend::with_string(svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        let (head, body) = area.split_vertically(ABOVE);
        self.head(&head)?;
        let range = self.y_range();
        for (panel, place) in self.panels.iter().zip(body.margin(0, 10, 6, 10).split_evenly((rows, columns))) {
            self.panel(panel, range, &place)?;
        }
        area.present()?;
        Ok(())
    }

    /// Title and legend.
    fn head<B: DrawingBackend>(&self, area: &DrawingArea<B, plotters::coord::Shift>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        area.draw(&Text::new(self.title.clone(), (16, 14), ("sans-serif", 18).into_font().color(&INK)))?;
        let style = ("sans-serif", 14).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
        let mut x = 16;
        let names = self.panels.first().map_or(&[][..], |p| &p.series);
        for (i, series) in names.iter().enumerate() {
            let (y, colour) = (54, colour(i));
            area.draw(&PathElement::new(vec![(x, y), (x + 28, y)], colour.stroke_width(2)))?;
            area.draw(&mark(i, (x + 14, y)))?;
            area.draw(&Text::new(series.name.clone(), (x + 35, y), style.clone()))?;
            x += 58 + 8 * series.name.chars().count() as i32;
        }
        Ok(())
    }

    fn panel<B: DrawingBackend>(
        &self,
        panel: &Panel,
        (low, high): (f64, f64),
        area: &DrawingArea<B, plotters::coord::Shift>,
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let end = self.panels.iter().flat_map(|p| &p.series).flat_map(|s| &s.dots).map(|d| d.x).fold(1.0, f64::max);
        let (x, labels) = match &self.axis {
            Axis::Names(names) => (-0.4..names.len() as f64 - 0.6, names.len()),
            Axis::Numbers => (0.0..end * 1.03, 5),
        };
        let mut chart = ChartBuilder::on(area)
            .caption(&panel.title, ("sans-serif", 15).into_font().color(&INK))
            .margin_right(14)
            .margin_bottom(4)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d(x, low..high)?;
        let text = ("sans-serif", 13).into_font().color(&INK);
        let name = |x: &f64| match &self.axis {
            Axis::Numbers => format!("{x:.0}"),
            Axis::Names(names) if (x - x.round()).abs() < 1e-6 => {
                names.get(x.round() as usize).cloned().unwrap_or_default()
            }
            Axis::Names(_) => String::new(),
        };
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(INK)
            .x_labels(labels)
            .y_labels(6)
            .x_label_formatter(&name)
            .y_label_formatter(&|y| format!("{y:.0}"))
            .label_style(text.clone())
            .axis_desc_style(text)
            .x_desc(self.x_label)
            .y_desc(&self.y_label)
            .draw()?;
        for (i, series) in panel.series.iter().enumerate() {
            let (colour, clip) = (colour(i), |y: f64| y.clamp(low, high));
            // Arms at the same place stand side by side, so that no bar hides another.
            let shift = match self.axis {
                Axis::Names(_) => 0.06 * (i as f64 - (panel.series.len() - 1) as f64 / 2.0),
                Axis::Numbers => 0.0,
            };
            let at = |d: &Dot| (d.x + shift, d.y);
            let ends = |d: &Dot| d.deviation.map(|s| (d.x + shift, clip(d.y - s), clip(d.y + s)));
            let bars: Vec<(f64, f64, f64)> = series.dots.iter().filter_map(ends).collect();
            match self.axis {
                Axis::Numbers => {
                    let outline = bars.iter().map(|b| (b.0, b.2)).chain(bars.iter().rev().map(|b| (b.0, b.1)));
                    chart.draw_series([Polygon::new(outline.collect::<Vec<_>>(), colour.mix(0.15))])?;
                }
                Axis::Names(_) => {
                    for (x, from, to) in bars {
                        chart.draw_series([PathElement::new(vec![(x, from), (x, to)], colour.stroke_width(1))])?;
                        let cap = |y| PathElement::new(vec![(x - 0.05, y), (x + 0.05, y)], colour.stroke_width(1));
                        chart.draw_series([cap(from), cap(to)])?;
                    }
                }
            }
            chart.draw_series(LineSeries::new(series.dots.iter().map(at), colour.stroke_width(2)))?;
            chart.draw_series(series.dots.iter().map(|d| EmptyElement::at(at(d)) + mark(i, (0, 0))))?;
        }
        Ok(())
    }

    /// Tens around everything that is drawn, within 0 to 100.
    fn y_range(&self) -> (f64, f64) {
        let ends = || {
            let dots = self.panels.iter().flat_map(|p| &p.series).flat_map(|s| &s.dots);
            dots.map(|d| (d.y - d.deviation.unwrap_or(0.0), d.y + d.deviation.unwrap_or(0.0)))
        };
        let low = ends().map(|e| e.0).fold(f64::INFINITY, f64::min);
        let high = ends().map(|e| e.1).fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return (0.0, 100.0);
        }
        let low = (((low - 1.0) / 10.0).floor() * 10.0).clamp(0.0, 90.0);
        (low, (((high + 1.0) / 10.0).ceil() * 10.0).clamp(low + 10.0, 100.0))
    }
}

fn colour(i: usize) -> RGBColor {
    COLOURS[i % COLOURS.len()]
}

/// A mark that is known by its shape, too.
fn mark<B: DrawingBackend>(i: usize, at: (i32, i32)) -> DynElement<'static, B, (i32, i32)> {
    let style = colour(i).filled();
    match i % 3 {
        0 => Circle::new(at, 4, style).into_dyn(),
        1 => TriangleMarker::new(at, 5, style).into_dyn(),
        _ => Rectangle::new([(at.0 - 4, at.1 - 4), (at.0 + 4, at.1 + 4)], style).into_dyn(),
    }
}
